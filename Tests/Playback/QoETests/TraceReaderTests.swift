import QoE
import Testing

@Suite("Reading a trace")
struct TraceReaderTests {
    private let head = #"{"duration":4,"ladder":[],"schema":1,"simulated":false,"type":"session","url":"u"}"#
    private let newerHead = #"{"duration":4,"ladder":[],"schema":2,"simulated":false,"type":"session","url":"u","x":1}"#

    @Test("takes every kind of event")
    func all() throws {
        #expect(try TraceEvent.events(inLines: Example.text, of: "t") == (Example.all + Example.sparse).map(\.0))
    }

    @Test(
        "takes lines however they end, and passes over empty ones",
        arguments: ["\n", "\r\n", "\n\n", "\r\n \t\r\n", "  \n"])
    func lineEnds(_ end: String) throws {
        let lines = [head, #"{"time":1,"type":"startup"}"#, #" { "type" : "stallBegan", "time" : 2e0 } "#]
        let expected: [TraceEvent] = [
            .session(SessionRecord(url: "u", duration: 4)), .startup(time: 1), .stallBegan(time: 2),
        ]
        #expect(try TraceEvent.events(inLines: lines.joined(separator: end), of: "t") == expected)
        #expect(try TraceEvent.events(inLines: lines.map { $0 + end }.joined(), of: "t") == expected)
    }

    @Test("a member that it does not know is passed over")
    func unknownMember() throws {
        let line = #"{"time":1,"type":"startup","frames":[1,{"a":null}]}"#
        #expect(try TraceEvent.events(inLines: head + "\n" + line, of: "t").last == .startup(time: 1))
    }

    @Test(
        "an error names the file and the line",
        arguments: [
            "x", "{}", "[]", "null", "7", #"{"type":7}"#, #"{"type":"startup"}"#, #"{"type":"startup","time":"1"}"#,
            #"{"type":"startup","time":null}"#, #"{"type":"startup","time":1e999}"#, #"{"type":"stallEnded","time":1}"#,
            #"{"type":"unheard","time":1}"#, #"{"type":"session"}"#, #"{"type":"end","time":1}"#,
            #"{"type":"startup","ti"#,
            #"{"type":"startup","time":1}{"type":"startup","time":1}"#, "\u{feff}{}",
        ])
    func errors(_ line: String) {
        let text = [head, #"{"time":1,"type":"startup"}"#, "", line, #"{"time":9,"type":"stallBegan"}"#]
            .joined(separator: "\n")
        let error = #expect(throws: TraceError.self) { try TraceEvent.events(inLines: text, of: "run.jsonl") }
        #expect(error?.description == "run.jsonl, line 4: not an event of a playback trace")
    }

    @Test("what does not begin with a session is no trace", arguments: ["", "\n", #"{"time":1,"type":"startup"}"#])
    func noHead(_ text: String) {
        let error = #expect(throws: TraceError.self) { try TraceEvent.events(inLines: text, of: "run.jsonl") }
        #expect(error?.description == "run.jsonl: a playback trace begins with an event of type session")
    }

    @Test("a first line that is cut short is an error")
    func truncatedHead() {
        let error = #expect(throws: TraceError.self) {
            try TraceEvent.events(inLines: String(head.dropLast()), of: "run.jsonl")
        }
        #expect(error?.description == "run.jsonl, line 1: not an event of a playback trace")
    }

    @Test("a last line that is cut short anywhere is passed over")
    func truncated() throws {
        let line = #"{"time":31.5,"type":"startup"}"#
        for length in 0..<line.count {
            let events = try TraceEvent.events(inLines: head + "\n" + line.prefix(length), of: "t")
            #expect(events.count == 1)
        }
        #expect(try TraceEvent.events(inLines: head + "\n" + line, of: "t").count == 2)
    }

    @Test("a last line that is whole and wrong is an error")
    func wrongLastLine() {
        let error = #expect(throws: TraceError.self) { try TraceEvent.events(inLines: head + "\n{}\n", of: "t") }
        #expect(error?.description == "t, line 2: not an event of a playback trace")
    }

    @Test("events of unknown kinds are passed over in a newer schema")
    func newer() throws {
        let text = [newerHead, #"{"type":"advertisement","time":1}"#, #"{"time":2,"type":"startup","y":0}"#]
            .joined(separator: "\n")
        let events = try TraceEvent.events(inLines: text + "\n", of: "t")
        #expect(events == [.session(SessionRecord(schema: 2, url: "u", duration: 4)), .startup(time: 2)])
    }

    @Test("known kinds must be whole in a newer schema too")
    func newerDamaged() {
        let error = #expect(throws: TraceError.self) {
            try TraceEvent.events(inLines: newerHead + "\n" + #"{"type":"startup"}"# + "\n", of: "t")
        }
        #expect(error?.description == "t, line 2: not an event of a playback trace")
    }
}
