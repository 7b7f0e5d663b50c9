import Client
import Manifest
import NIOHTTP1
import Presentation
import QoE
import Synchronization
import Testing

@testable import Player

/// What servers are told of a player, and what they tell.
@Suite("Client and server data")
struct ReportingTests {
    @Test("every request says who asks for what", arguments: CommonMediaClientData.Transmission.allCases)
    func requests(transmission: CommonMediaClientData.Transmission) async throws {
        let files = try Fixture(baseURLs: [])
        let manifest = Array(MPD(presentation: files.presentation, baseURL: "/").serialized().utf8)
        let seen = Mutex<[String: String]>([:])
        try await ScriptedServer.run { request in
            let parts = request.path.split(separator: "?", maxSplits: 1)
            let path = String(parts[0])
            let data = parts.count > 1 ? String(parts[1]) : request.fields["cmcd-object"] ?? ""
            seen.withLock { $0[path] = data }
            return path == "/x.mpd" ? .body(manifest) : files.file(at: path).map { .body($0) } ?? .status(404)
        } body: { authority in
            let run = try await Run.of(
                "http://\(authority)/x.mpd",
                reporting: ClientReporting(transmission: transmission, sessionID: "s", contentID: "c"))
            #expect(run.result.outcome == .completed)
            // The trace keeps the names of the files.
            #expect(run.requests.allSatisfy { !$0.url.contains("?") })
        }
        let data = seen.withLock { $0 }
        #expect(data.count == 11)
        switch transmission {
        case .header:
            #expect(data["/x.mpd"] == "ot=m")
            #expect(data["/low/init.mp4"] == "br=400,ot=i,tb=800")
            #expect(data["/low/00002.m4s"] == "br=400,d=240,ot=v,tb=800")
            #expect(data["/audio/00001.m4s"]?.hasPrefix("br=64,d=2") == true)
        case .query:
            #expect(data["/x.mpd"] == "CMCD=cid%3D%22c%22%2Cot%3Dm%2Csf%3Dd%2Csid%3D%22s%22%2Cst%3Dv%2Csu")
            #expect(data["/low/00002.m4s"]?.contains("br%3D400%2C") == true)
            #expect(data["/low/00002.m4s"]?.contains("nor%3D%2200003.m4s%22") == true)
        }
    }

    @Test("what servers tell is in the trace")
    func serverData() async throws {
        let files = try Fixture(baseURLs: [])
        try await ScriptedServer.run { request in
            files.files[request.path].map {
                .body(
                    $0,
                    fields: [
                        "CMSD-Static": "ot=v,br=400", "CMSD-Dynamic": "\"edge\";etp=96",
                        "Cache-Status": "origin; fwd=miss, edge; hit",
                    ])
            } ?? .status(404)
        } body: { authority in
            let run = try await play(try Fixture(baseURLs: ["http://\(authority)/"]).presentation)
            #expect(run.requests.allSatisfy { $0.cmsdStatic == "ot=v,br=400" })
            #expect(run.requests.allSatisfy { $0.cmsdDynamic == "\"edge\";etp=96" })
            #expect(run.requests.allSatisfy { $0.isCacheHit == true })
        }
    }
}
