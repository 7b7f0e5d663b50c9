import Foundation
import Testing

@Suite("headwater link")
struct LinkTests {
    @Test("lets any client have what the server behind it has")
    func passesOn() async throws {
        let library = try await SampleLibrary.path()
        try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { origin in
            let upstream = origin.url.replacing("http://", with: "")
            try await withServer([
                "link", "--upstream", upstream, "--listen", "127.0.0.1:0",
                "--profile", "constant:bandwidth=1000000:latency=1",
            ]) { link in
                #expect(link.url.hasPrefix("tcp://127.0.0.1:"))
                let path = "/manifests/clip.mpd"
                let direct = try await command("curl", ["-sSf", origin.url + path])
                let shaped = try await command(
                    "curl", ["-sSf", link.url.replacing("tcp://", with: "http://") + path])
                #expect(shaped.status == 0, "\(shaped.standardError)")
                #expect(shaped.standardOutput == direct.standardOutput)
                #expect(!shaped.standardOutput.isEmpty)
            }
        }
    }

    @Test("resets clients while its server cannot be reached, and goes on")
    func unreachable() async throws {
        let port = try await withServer(["link", "--upstream", "127.0.0.1:1", "--profile", "constant"]) { link in
            for _ in 0..<2 {
                let result = try await command("curl", ["-sS", link.url.replacing("tcp://", with: "http://")])
                #expect(result.status != 0)
            }
            return link.url
        }
        #expect(!port.hasSuffix(":0"))
    }

    @Test(
        "ends with one line and a status when it cannot start",
        arguments: [
            (["--upstream", "127.0.0.1:80", "--profile", "no-such-profile"], 66, "no-such-profile"),
            (["--upstream", "127.0.0.1:80", "--profile", "square:low=x"], 64, "NAME=NUMBER"),
            (["--upstream", "127.0.0.1:80", "--profile", "4g:nothing=1"], 64, "nothing"),
            (["--upstream", "127.0.0.1", "--profile", "square"], 64, "--upstream"),
            (["--upstream", "127.0.0.1:0", "--profile", "square"], 64, "--upstream"),
            (["--upstream", "127.0.0.1:80", "--profile", "square", "--listen", "192.0.2.1:0"], 68, "192.0.2.1"),
        ])
    func failures(arguments: [String], status: Int32, words: String) async throws {
        let result = try await command(headwaterExecutable, ["link"] + arguments)
        #expect(result.status == status)
        #expect(result.standardError.contains(words), "\(result.standardError)")
        #expect(result.standardOutput.isEmpty)
    }

    @Test("says that its port is in use")
    func portInUse() async throws {
        try await withServer(["link", "--upstream", "127.0.0.1:1", "--profile", "constant"]) { link in
            let address = link.url.replacing("tcp://", with: "")
            let second = try await headwater(
                "link", "--upstream", "127.0.0.1:1", "--profile", "constant", "--listen", address)
            #expect(second.status == 69)
            #expect(second.standardError.contains("the port is in use"), "\(second.standardError)")
        }
    }
}
