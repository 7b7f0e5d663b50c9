import Foundation
import Testing

@Suite("headwater resolver and resolve")
struct ResolverCommandTests {
    /// root > test on two addresses with one port, and hints for it.
    private func withHierarchy(
        _ body: @escaping @Sendable (_ hints: String, _ port: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            func write(_ name: String, _ text: String) throws -> String {
                try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
                return folder + "/" + name
            }
            let start = "$TTL 60\n@ SOA a.root. host.root. 1 3600 900 604800 60\n"
            let root = try write(
                "root.zone",
                "$ORIGIN .\n" + start + "@ NS a.root.\na.root. A 127.0.42.1\ntest. NS ns.test.\nns.test. A 127.0.42.2\n"
            )
            let many = (1...60).map { "many AAAA 2001:db8::\($0)\n" }.joined()
            let test = try write(
                "test.zone",
                "$ORIGIN test.\n" + start + "@ NS ns\nns A 127.0.42.2\nwww CNAME web\nweb A 192.0.2.1\n" + many)
            let hints = try write("hints", ". 60 NS a.root.\na.root. 60 A 127.0.42.1\n")
            try await withServer(["dns", "--listen", "127.0.42.1:0", "--zone", root]) { first in
                let port = String(first.url.split(separator: ":").last ?? "")
                try await withServer(["dns", "--listen", "127.0.42.2:\(port)", "--zone", test]) { _ in
                    try await body(hints, port)
                }
            }
        }
    }

    @Test("iterate from a private root, for dig and for people")
    func iteration() async throws {
        try await withHierarchy { hints, port in
            try await withServer(
                [
                    "resolver", "--listen", "127.0.0.1:0", "--root-hints", hints, "--port", port, "--admin",
                    "127.0.0.1:0",
                ]
            ) { server in
                let own = server.url.split(separator: ":").last.map(String.init) ?? ""
                func dig(_ arguments: String...) async throws -> String {
                    let result = try await command(
                        "dig", ["@127.0.0.1", "-p", own, "+timeout=20", "+tries=1"] + arguments)
                    #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
                    return result.standardOutput
                }
                let full = try await dig("www.test")
                #expect(full.contains("status: NOERROR") && full.contains("flags: qr rd ra;"), "\(full)")
                #expect(try await dig("www.test", "+short") == "web.test.\n192.0.2.1\n")
                #expect(try await dig("many.test", "AAAA", "+short").split(separator: "\n").count == 60)
                #expect(try await dig("none.test").contains("status: NXDOMAIN"))
                let metrics = try await command("curl", ["-s", (server.adminURL ?? "") + "/metrics"]).standardOutput
                #expect(metrics.contains("headwater_resolver_answers_total{from=\"servers\"}"), "\(metrics)")
                let forwarded = try await command(
                    headwaterExecutable, ["resolve", "www.test", "--server", "127.0.0.1:\(own)"])
                #expect(forwarded.standardOutput.hasSuffix(" IN A 192.0.2.1\n"), "\(forwarded.standardError)")
            }
            let traced = try await command(
                headwaterExecutable, ["resolve", "www.test", "--trace", "--root-hints", hints, "--port", port])
            #expect(traced.status == 0, "\(traced.standardError)")
            for text in [
                "client ──▶ resolver   www.test. A?", "├─▶ 1  the root: a.root. 127.0.42.1:\(port)   test. A?",
                "referral: ask the servers of test.", "├─▶ 2  test.: ns.test. 127.0.42.2:\(port)   www.test. A?",
                "client ◀── resolver   NOERROR after 2 questions",
            ] {
                #expect(traced.standardOutput.contains(text), "\(traced.standardOutput)")
            }
            let json = try await command(
                headwaterExecutable, ["resolve", "www.test", "--json", "--root-hints", hints, "--port", port])
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8)) as? [String: Any])
            #expect(document["status"] as? String == "NOERROR")
            let steps = try #require(document["steps"] as? [[String: Any]])
            #expect(steps.map { $0["outcome"] as? String } == ["referral to test.", "answer"])
        }
    }

    @Test("say in one line what is wrong")
    func errors() async throws {
        try await withTemporaryDirectory { folder in
            let empty = folder + "/hints"
            try Data("a. 1 A 10.0.0.1\n".utf8).write(to: URL(filePath: empty))
            for (arguments, status, complaint) in [
                (["resolver", "--root-hints", empty], 65, "root hints need an NS record"),
                (["resolver", "--root-hints", folder + "/none"], 66, "cannot read the root hints"),
                (["resolver", "--forward", "name.test"], 64, "--forward"),
                (["resolver", "--forward", "192.0.2.1", "--root-hints", empty], 64, "exclude each other"),
                (["resolver", "--allow", "10.0.0.0/33"], 64, "--allow"),
                (["resolver", "--listen", "192.0.2.1:0"], 68, "cannot listen on 192.0.2.1:0"),
                (["resolve"], 64, "name"),
                (["resolve", "a..b"], 64, "name"),
                (["resolve", "a.test", "NONSENSE"], 64, "type"),
                (["resolve", "a.test", "AXFR"], 64, "AXFR is not a type to resolve"),
                (["resolve", "a.invalid"], 68, "there is no name a.invalid."),
                (["resolve", "a.test", "--server", "127.0.42.9:1"], 69, "no resolver that is to do the work answers"),
            ] as [([String], Int32, String)] {
                let result = try await command(headwaterExecutable, arguments)
                #expect(result.status == status, "\(arguments): \(result.standardError)")
                #expect(result.standardError.contains(complaint), "\(arguments): \(result.standardError)")
                #expect(result.standardError.split(separator: "\n").count == 1)
            }
        }
    }
}
