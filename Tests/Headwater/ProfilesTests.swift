import Foundation
import Testing

@Suite("headwater profiles")
struct ProfilesTests {
    @Test("lists what it has, as a table and as JSON")
    func list() async throws {
        let table = try await headwater("profiles")
        #expect(table.status == 0)
        let json = try await headwater("profiles", "list", "--json")
        let profiles = try #require(
            try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8)) as? [[String: Any]])
        let names = profiles.compactMap { $0["name"] as? String }
        #expect(names.contains("outage") && names.contains("4g"))
        for name in names { #expect(table.standardOutput.contains(name)) }
    }

    @Test("draws a profile")
    func show() async throws {
        let result = try await headwater("profiles", "show", "square:high=4000:low=1000:period=40")
        #expect(result.status == 0)
        let lines = result.standardOutput.split(separator: "\n").map(String.init)
        // Full height on the left half only, a quarter of it on the right half.
        #expect(lines.filter { $0.contains("█") }.count == 12)
        #expect(lines.first { $0.contains("4000 ┤") } == "4000 ┤" + String(repeating: "█", count: 36))
        #expect(result.standardOutput.contains("mean 2500 kb/s, min 1000 kb/s, max 4000 kb/s"))
        #expect(result.standardOutput.contains("repeats after 40 s"))
    }

    @Test("prints a profile's steps as JSON that can be read again")
    func json() async throws {
        let result = try await headwater("profiles", "show", "outage", "--json")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
        #expect(object["mean_kbps"] as? Double == 2500)
        #expect((object["steps"] as? [Any])?.count == 3)
    }

    @Test("draws a profile into a file, with its latency where it has some")
    func picture() async throws {
        try await withTemporaryDirectory { folder in
            for (name, hasLatency) in [("dsl", true), ("lll-spike", false)] {
                let file = folder + "/pictures/profile.svg"
                let result = try await headwater("profiles", "show", name, "--svg", file)
                #expect(result.status == 0, "\(result.standardError)")
                #expect(result.standardOutput.contains("kb/s"))
                let picture = try String(contentsOfFile: file, encoding: .utf8)
                #expect(picture.contains("<title>Bandwidth profile \(name)"))
                #expect(picture.contains("Latency") == hasLatency)
            }
            let refused = try await headwater("profiles", "show", "dsl", "--svg", folder)
            #expect(refused.status == 73)
        }
    }

    @Test("names file and line of what is wrong, and ends with status 65")
    func badFile() async throws {
        try await withTemporaryDirectory { folder in
            let file = folder + "/bad.csv"
            try Data("time_s,bandwidth_kbps,latency_ms\n0,1000,10\n5,1000,10\n3,,\n".utf8).write(
                to: URL(filePath: file))
            let result = try await headwater("profiles", "show", file)
            #expect(result.status == 65)
            #expect(result.standardOutput.isEmpty)
            #expect(
                result.standardError
                    == "headwater: error: \(file), line 4: time_s is not later than in the row before\n")
        }
    }
}
