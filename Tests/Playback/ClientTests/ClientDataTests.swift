import Client
import Presentation
import Testing

/// Keys, their fields and their roundings as CTA-5004 states them.
@Suite("Common Media Client Data")
struct ClientDataTests {
    private static func data(_ change: (inout CommonMediaClientData) -> Void) -> CommonMediaClientData {
        var data = CommonMediaClientData()
        change(&data)
        return data
    }

    private static func field(_ name: String, of data: CommonMediaClientData) -> String? {
        data.fields.first { $0.name == name }?.value
    }

    @Test(
        "each key is in its field, rounded to its unit",
        arguments: [
            ("CMCD-Object", "br=3200", data { $0.bitRate = 3_200_400 }),
            ("CMCD-Object", "tb=6000", data { $0.topBitRate = 6_000_000 }),
            ("CMCD-Object", "d=4004", data { $0.objectDuration = 4.0041 }),
            ("CMCD-Object", "ot=v", data { $0.objectType = .video }),
            ("CMCD-Object", "ot=a", data { $0.objectType = .audio }),
            ("CMCD-Object", "ot=i", data { $0.objectType = .initialization }),
            ("CMCD-Object", "ot=m", data { $0.objectType = .manifest }),
            ("CMCD-Request", "bl=21300", data { $0.bufferLength = 21.349 }),
            ("CMCD-Request", "bl=0", data { $0.bufferLength = 0.049 }),
            ("CMCD-Request", "dl=18500", data { $0.deadline = 18.4501 }),
            ("CMCD-Request", "mtp=48100", data { $0.measuredThroughput = 48_149_000 }),
            ("CMCD-Request", #"nor="..%2F300kbps%2Ftrack.m4v""#, data { $0.nextObject = "../300kbps/track.m4v" }),
            ("CMCD-Request", #"nrr="12323-48763""#, data { $0.nextRange = 12323...48763 }),
            ("CMCD-Request", "su", data { $0.startup = true }),
            ("CMCD-Status", "bs", data { $0.bufferStarvation = true }),
            ("CMCD-Status", "rtp=15000", data { $0.requestedMaximumThroughput = 15_049_999 }),
        ])
    func keys(_ field: String, _ text: String, _ data: CommonMediaClientData) {
        #expect(Self.field(field, of: data) == text)
        // What does not apply is not there; format and kind of the stream always do.
        #expect(data.fields.count == 2)
        #expect(Self.field("CMCD-Session", of: data) == "sf=d,st=v")
    }

    @Test("what no integer holds is left out", arguments: [-1, .nan, .infinity, 1e300])
    func impossible(_ value: Double) {
        let data = Self.data {
            $0.bufferLength = value
            $0.deadline = value
            $0.measuredThroughput = value
            $0.objectDuration = value
            $0.requestedMaximumThroughput = value
        }
        #expect(data.fields.map(\.name) == ["CMCD-Session"])
    }

    @Test("strings are quoted, and no longer than 64 characters")
    func strings() {
        let data = Self.data {
            $0.contentID = #"a"b\c"# + "\n"
            $0.sessionID = String(repeating: "x", count: 99)
        }
        let session = #"cid="a\"b\\c",sf=d,sid=""# + String(repeating: "x", count: 64) + #"",st=v"#
        #expect(Self.field("CMCD-Session", of: data) == session)
    }

    @Test(
        "as a query all keys are one argument, in their order",
        arguments: [
            ("http://h/a.m4s", "http://h/a.m4s?CMCD="), ("http://h/a?b=c", "http://h/a?b=c&CMCD="),
            ("http://h/a?", "http://h/a?CMCD="),
        ])
    func query(_ url: String, _ prefix: String) {
        let data = Self.data {
            $0.bitRate = 3_200_000
            $0.bufferStarvation = true
            $0.objectDuration = 4.004
            $0.sessionID = "6e2f"
        }
        #expect(
            data.appended(to: url) == prefix + "br%3D3200%2Cbs%2Cd%3D4004%2Csf%3Dd%2Csid%3D%226e2f%22%2Cst%3Dv")
    }

    @Test("a session tells what it needs and has")
    func session() throws {
        var dialogue = try Dialogue(.video(10, initialization: true)) { $0.startupThreshold = 4 }
        dialogue.start()
        func data() throws -> CommonMediaClientData {
            dialogue.session.clientData(for: try #require(dialogue.requests.first))
        }
        var expected = CommonMediaClientData()
        expected.bitRate = 1_000_000
        expected.topBitRate = 4_000_000
        expected.startup = true
        expected.objectType = .initialization
        expected.nextObject = "1"
        #expect(try data() == expected)
        try dialogue.answer(at: 0.5)
        expected.objectType = .video
        expected.objectDuration = 2
        expected.bufferLength = 0
        expected.deadline = 0
        expected.nextObject = "2"
        #expect(try data() == expected)
        try dialogue.answer(bytes: 250_000, from: 1, at: 2)
        expected.bufferLength = 2
        expected.deadline = 2
        expected.measuredThroughput = 2_000_000
        // Two million bits in two seconds would just do.
        expected.requestedMaximumThroughput = 5_000_000
        expected.nextObject = "3"
        #expect(try data() == expected)
        try dialogue.answer(at: 2)
        #expect(try data().startup == false)
        #expect(try data().bufferLength == 4)
    }
}
