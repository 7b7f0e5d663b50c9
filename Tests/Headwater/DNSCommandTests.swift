import Foundation
import Testing

@Suite("headwater dns")
struct DNSCommandTests {
    private func withZone(_ body: @Sendable (_ folder: String, _ zone: String) async throws -> Void) async throws {
        try await withTemporaryDirectory { folder in
            let path = folder + "/cdn.test.zone"
            let lines = """
                $TTL 60
                @ SOA ns hostmaster 1 3600 900 604800 60
                @ NS ns
                ns A 127.0.0.1
                video CNAME edge1
                edge1 A 192.0.2.1
                *.live TXT "from a wildcard"
                sub NS ns.elsewhere.test.

                """
            let many = (1...60).map { "many AAAA 2001:db8::\($0)\n" }.joined()
            try Data((lines + many).utf8).write(to: URL(filePath: path))
            try await body(folder, path)
        }
    }

    /// What dig prints, with the options given.
    private func dig(_ server: RunningServer, _ arguments: String...) async throws -> String {
        let port = server.url.split(separator: ":").last.map(String.init) ?? ""
        let result = try await command("dig", ["@127.0.0.1", "-p", port, "+timeout=20", "+tries=1"] + arguments)
        #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
        return result.standardOutput
    }

    /// What `headwater zone` prints.
    @discardableResult
    private func zones(_ arguments: String..., status: Int32 = 0) async throws -> String {
        let result = try await command(headwaterExecutable, ["zone"] + arguments)
        #expect(result.status == status, "\(arguments): \(result.standardError)")
        return result.standardOutput
    }

    @Test("answers dig over UDP and TCP, and learns of changes to its files")
    func answers() async throws {
        try await withZone { folder, zone in
            try await withServer([
                "dns", "--listen", "127.0.0.1:0", "--zone", zone, "--server-id", "edge-1", "--transfer-to", "127.0.0.1",
                "--response-rate", "0",
            ]) { server in
                let full = try await dig(server, "video.cdn.test", "+nsid")
                #expect(full.contains("status: NOERROR") && full.contains("flags: qr aa rd;"), "\(full)")
                #expect(full.contains("(\"edge-1\")") && full.contains("(good)"), "\(full)")
                #expect(try await dig(server, "video.cdn.test", "+short") == "edge1.cdn.test.\n192.0.2.1\n")
                #expect(try await dig(server, "x.live.cdn.test", "TXT", "+short") == "\"from a wildcard\"\n")
                #expect(try await dig(server, "none.cdn.test").contains("status: NXDOMAIN"))
                #expect(try await dig(server, "a.sub.cdn.test", "+norec").contains("ns.elsewhere.test."))
                #expect(try await dig(server, "elsewhere.test").contains("status: REFUSED"))
                // Too large for UDP, dig asks again over TCP.
                #expect(try await dig(server, "many.cdn.test", "AAAA", "+short").split(separator: "\n").count == 60)
                #expect(try await dig(server, "cdn.test", "AXFR").contains("XFR size: 68 records"))
                #expect(try await dig(server, "cdn.test", "+edns=1", "+noednsnegotiation").contains("status: BADVERS"))

                let changed = try String(contentsOfFile: zone, encoding: .utf8).replacing(
                    "192.0.2.1\n", with: "192.0.2.7\n")
                try Data(changed.utf8).write(to: URL(filePath: zone), options: .atomic)
                while try await dig(server, "edge1.cdn.test", "+short") != "192.0.2.7\n" {}
            }
        }
    }

    @Test("serves zones of a database while commands change them, and a copy that follows and outlives them")
    func database() async throws {
        try await withZone { folder, zone in
            let (ours, copy) = (folder + "/ours.sqlite", folder + "/copy.sqlite")
            try await zones("import", zone, "--zone-data", ours)
            try await withServer([
                "dns", "--listen", "127.0.0.1:0", "--zone-data", ours, "--transfer-to", "127.0.0.1",
                "--response-rate", "0",
            ]) { server in
                let port = server.url.split(separator: ":").last.map(String.init) ?? ""
                let options = [
                    "dns", "--listen", "127.0.0.1:0", "--zone-data", copy, "--secondary", "cdn.test@127.0.0.1:\(port)",
                    "--response-rate", "0",
                ]
                try await withServer(options) { secondary in
                    while try await dig(secondary, "edge1.cdn.test", "+short") != "192.0.2.1\n" {}
                }
                try await zones("add", "new.cdn.test", "A", "192.0.2.9", "--zone-data", ours)
                while try await dig(server, "new.cdn.test", "+short") != "192.0.2.9\n" {}
                try await zones("delete", "new.cdn.test", "--zone-data", ours)
                while try await dig(server, "new.cdn.test", "+short") != "" {}
            }
            // Its primary is gone.
            try await withServer(["dns", "--listen", "127.0.0.1:0", "--zone-data", copy]) { server in
                let kept = try await dig(server, "edge1.cdn.test", "+short")
                #expect(kept == "192.0.2.1\n")
            }
            let list = try await zones("list", "--zone-data", ours, "--json")
            #expect(list.contains("\"serial\" : 3") && list.contains("\"zone\" : \"cdn.test.\""), "\(list)")
            let exported = try await zones("export", "cdn.test", "--zone-data", ours)
            #expect(exported.hasPrefix("$ORIGIN cdn.test.\n"))
            try await zones("add", "a.other.test", "A", "192.0.2.9", "--zone-data", ours, status: 66)
            try await zones("add", "edge1.cdn.test", "CNAME", "x", "--zone-data", ours, status: 65)
            try await zones("add", "cdn.test", "A", "192.0.2.9", "--zone-data", copy, status: 65)
            try await zones("remove", "cdn.test", "--zone-data", copy)
            try await zones("export", "cdn.test", "--zone-data", copy, status: 66)
        }
    }

    @Test("says in one line, with the file's, what it cannot serve")
    func errors() async throws {
        try await withZone { folder, zone in
            let broken = folder + "/broken.zone"
            try Data("$TTL 1\n@ SOA a b 1 1 1 1 1\n@ NS a\nwww A 1.2.3\n".utf8).write(to: URL(filePath: broken))
            for (arguments, status, complaint) in [
                (["--zone", broken], 65, "broken.zone:4: "),
                (["--zone", folder + "/none"], 66, "cannot read the zone file"),
                (["--zone", zone, "--zone", "cdn.test=" + zone], 65, "are both the zone cdn.test."),
                ([], 64, "--zone"),
                (["--zone", zone, "--secondary", "x.test@127.0.0.1"], 64, "--secondary needs --zone-data"),
                (["--zone-data", folder + "/z", "--secondary", "x.test"], 64, "--secondary"),
                (["--zone-data", folder + "/z", "--notify", "name.test"], 64, "--notify"),
                (["--zone-data", zone], 74, "file is not a database"),
                (["--zone", zone, "--transfer-to", "10.0.0.0/33"], 64, "--transfer-to"),
                (["--zone", zone, "--cookie-secret", "12"], 64, "--cookie-secret"),
                (["--zone", zone, "--listen", "192.0.2.1:0"], 68, "cannot listen on 192.0.2.1:0"),
            ] as [([String], Int32, String)] {
                let result = try await command(headwaterExecutable, ["dns", "--listen", "127.0.0.1:0"] + arguments)
                #expect(result.status == status, "\(arguments): \(result.standardError)")
                #expect(result.standardError.contains(complaint), "\(result.standardError)")
                #expect(result.standardError.split(separator: "\n").count == 1)
            }
        }
    }
}
