import Foundation
import NetworkEmulation
import TestSupport
import Testing

@Suite("The profile reader")
struct ProfileReaderTests {
    private func read(_ text: String) throws(ProfileError) -> BandwidthProfile {
        try ProfileReader.profile(parsing: Array(text.utf8), name: "p", source: "p.csv")
    }

    /// 10 s of 1200 kb/s, 5.5 s of 300.25 kb/s.
    private let expected: [BandwidthProfile.Step] = [
        .init(duration: 10, bandwidth: 1_200_000, latency: 0.05),
        .init(duration: 5.5, bandwidth: 300_250, latency: 0),
    ]

    @Test(
        "reads CSV however it was saved",
        arguments: [
            "time_s,bandwidth_kbps,latency_ms\n0,1200,50\n10,300.25,0\n15.5,,\n",
            "time_s,bandwidth_kbps,latency_ms\r\n0.000,1200,50\r\n10,300.25,0\r\n15.5,,\r\n",
            "\u{feff}time_s,bandwidth_kbps,latency_ms\n0,1200,50\n10,300.25,0\n15.5",
            "0,1200,50\n10,300.25,0\n15.5,77,8",
            "# a comment\n\n Time_S , Bandwidth_kbps , latency_ms\n 0, 1.2e3 , 50 \n\n10,300.25,0\n15.5,\n",
            "0,1200,50\r10,300.25,0\r15.5,,",
            "0,1200,50\n4,1200,50\n10,300.25,0\n15.5,,",
            "[{\"duration_ms\":10000,\"bandwidth_kbps\":1200,\"latency_ms\":50},"
                + "{\"duration_ms\":5500,\"bandwidth_kbps\":300.25,\"latency_ms\":0,\"more\":[1]}]",
        ])
    func formats(text: String) throws {
        let profile = try read(text)
        #expect(profile.steps == expected)
        #expect(profile.period == 15.5)
    }

    @Test("reads a packet-delivery trace: 1500 bytes a line, the last line's time is the period")
    func packetTrace() throws {
        let profile = try read("0\n50\n100\n100\n101\n250\n")
        // Four packets in the first 100 ms, one in the next, one in the last 50 ms.
        #expect(
            profile.steps == [
                .init(duration: 0.1, bandwidth: 480_000, latency: 0),
                .init(duration: 0.1, bandwidth: 120_000, latency: 0),
                .init(duration: 0.05, bandwidth: 240_000, latency: 0),
            ])
        #expect(try read("1000").bitsPerPeriod == 12_000)
    }

    /// Made up in the format of the logs; the places are in the sea.
    @Test(
        "reads download logs: bytes by milliseconds, whatever the clocks say",
        arguments: [
            "1300000000 1000 59.50 10.25 125000 1000\n1300000001 2500 59.50 10.26 375000 1500\n",
            "1450000000000 1 51.500 2.500 125000 1000\r\n1450000001500 2000 51.501 2.501 375000 1500\r\n",
            "1300000000\t1000\t0.0\t0.0\t125000\t1000\n1299999999\t-5\t0\t0\t75000\t0\n1300000001 7 0 0 300000 1500",
        ])
    func downloadLog(text: String) throws {
        #expect(
            try read(text).steps == [
                .init(duration: 1, bandwidth: 1_000_000, latency: 0),
                .init(duration: 1.5, bandwidth: 2_000_000, latency: 0),
            ])
    }

    @Test("takes a line of a log without bytes for an outage")
    func outageInLog() throws {
        let profile = try read("1300000000 1000 59.5 10.2 125000 1000\n1300000001 2000 59.5 10.2 0 4000\n")
        #expect(profile.steps.map(\.bandwidth) == [1_000_000, 0])
        #expect(profile.period == 5)
    }

    @Test(
        "says what is wrong and on which line",
        arguments: [
            ("", "p.csv: empty"), ("\n \n", "empty"), ("# nothing\n", "no rows"),
            ("time_s,bandwidth_kbps,latency_ms\n", "no rows"), ("0,1000,10\n", "line 1: only one row"),
            ("hello, world\n", "line 1: \"hello, world\" is neither"),
            ("bandwidth_kbps,time_s,latency_ms\n0,1,2\n", "line 1"),
            ("0,1000,10\n-1,1000,10\n", "line 2: time_s is negative"),
            ("-5,1000,10\n0,1000,10\n", "line 1: time_s is negative"),
            ("5,1000,10\n6,,\n", "line 1: the first row's time_s has to be 0"),
            ("0,1000,10\n5,1,1\n3,1000,10\n", "line 3: time_s is not later"),
            ("0,1000,10\n\n0,1000,10\n", "line 3: time_s is not later"),
            ("0,1000,10\n0.0001,1000,10\n", "line 2: time_s is less than 0.001"),
            ("0,-1,10\n10,,\n", "line 1: bandwidth_kbps is negative"),
            ("0,1,-10\n10,,\n", "line 1: latency_ms is negative"),
            ("0,nan,10\n10,,\n", "line 1: bandwidth_kbps is \"nan\", not a number"),
            ("0,inf,10\n10,,\n", "not a number"), ("0,0x10,10\n10,,\n", "not a number"),
            ("0,1e400,10\n10,,\n", "not a number"), ("0,1e12,10\n10,,\n", "bandwidth_kbps is above 1000000000"),
            ("0,1,1e9\n10,,\n", "latency_ms is above 60000"), ("0,1,1\n1e9,,\n", "line 2: time_s is above 604800"),
            ("0,1000\n10,,\n", "line 1: latency_ms is missing"), ("0,,10\n10,,\n", "line 1: bandwidth_kbps is missing"),
            ("0,1,1\n10,5,\n", "line 2: latency_ms is missing"), ("0,1,1\n10,x,1\n", "line 2: bandwidth_kbps is \"x\""),
            ("0,1,1,1\n10,,\n", "line 1: 4 fields"), ("0,0,1\n10,,\n", "zero throughout"),
            ("time_s,bandwidth_kbps,latency_ms\nx,1,1\n", "line 2: time_s is \"x\""),
            ("0\n0\n", "is zero"), ("5\n3\n", "line 2: the time is earlier"), ("5\nx\n", "line 2: \"x\""),
            ("999999999999\n", "line 1"), ("99999999999999999999999\n", "line 1"), ("5\n-3\n", "line 2"),
            ("1 2 3 4 5 1000\n1 2 3 4 5\n", "line 2: a line of a download log is six numbers"),
            ("1 2 3 4 5 1000\n1 2 3 4 5 6 7\n", "line 2: a line of a download log"),
            ("1 2 3 4 5 1000\n1 2 x 4 5 6\n", "line 2: latitude is \"x\""),
            ("1 2 3 4 5 1000\n1 2 3 4 -5 6\n", "line 2: bytes is negative"),
            ("1 2 3 4 5 1000\n1 2 3 4 5 -6\n", "line 2: ms is negative"),
            ("1 2 3 4 5 0\n", "no line of the log lasts"), ("1 2 3 4 0 1000\n", "zero throughout"),
            ("1 2 3 4 1e16 1\n", "line 1: the bandwidth (kb/s) is above"),
            ("1 2 3 4 5 6e8\n1 2 3 4 5 6e8\n", "line 2: the log is longer"), ("1 2 3 4 5\n", "is neither the header"),
            ("[]", "an empty array"), ("[", "not JSON"), ("{}", "an array of"), ("[1]", "entry 1"),
            ("[{\"duration_ms\":1,\"bandwidth_kbps\":1}]", "entry 1 has no latency_ms"),
            ("[{\"duration_ms\":\"1\",\"bandwidth_kbps\":1,\"latency_ms\":1}]", "entry 1: duration_ms is not a number"),
            ("[{\"duration_ms\":0,\"bandwidth_kbps\":1,\"latency_ms\":1}]", "entry 1: duration_ms is below 1"),
            ("[{\"duration_ms\":1,\"bandwidth_kbps\":-1,\"latency_ms\":1}]", "entry 1: bandwidth_kbps is negative"),
            ("[{\"duration_ms\":1,\"bandwidth_kbps\":0,\"latency_ms\":1}]", "zero throughout"),
            ("\u{0}\u{1}\u{2}", "line 1"), ("ÿþ\n", "line 1"),
        ])
    func malformed(text: String, words: String) throws {
        let error = try #require(throws: ProfileError.self) { try read(text) }
        #expect(error.code == .malformed)
        #expect(error.description.contains(words), "\(error)")
        #expect(error.description.hasPrefix("p.csv"))
        #expect(!error.description.contains("\n"))
    }

    @Test("refuses more than a profile may have")
    func size() throws {
        let bytes = [UInt8](repeating: 0x20, count: ProfileReader.maximumSize + 1)
        let error = try #require(throws: ProfileError.self) {
            try ProfileReader.profile(parsing: bytes, name: "p", source: "p")
        }
        #expect(error.code == .tooLarge)
        #expect(throws: ProfileError.self) { try ProfileReader.profile(at: "/dev/zero") }
    }

    @Test("reads a file, and names its profile after it")
    func file() throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "profile-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(component: "morning commute.csv")
        try Data("0,1200,50\n10,300.25,0\n15.5,,".utf8).write(to: file)
        let profile = try ProfileCatalogue.profile(named: file.path(percentEncoded: false))
        #expect(profile.name == "morning commute")
        #expect(profile.steps == expected)
        let error = try #require(throws: ProfileError.self) {
            try ProfileCatalogue.profile(named: folder.path(percentEncoded: false))
        }
        #expect(error.code == .unreadable)
    }
}

@Suite("Randomised: the profile reader")
struct RandomisedProfileReaderTests {
    private static let samples = [
        "time_s,bandwidth_kbps,latency_ms\r\n0,1200,50\r\n10,300.25,0\r\n15.5,,\r\n",
        "0,1200,50\n1,800,40\n2.25,1e3,30\n3,0,0\n4,,",
        "10\n20\n30\n30\n30\n450\n451\n",
        "[{\"duration_ms\":10000,\"bandwidth_kbps\":1200,\"latency_ms\":50},"
            + "{\"duration_ms\":5500,\"bandwidth_kbps\":300.25,\"latency_ms\":0}]",
        "1300000000 1000 59.50 10.25 125000 1000\n1300000001 2500 59.50 10.26 375000 1500\n1300000002 3500 0 0 0 1000\n",
        "1450000000000 1 51.500 2.500 125000 1000\r\n1450000001500 2000 51.501 2.501 375000 1500\r\n",
    ]

    @Test("reads a profile or throws, whatever is done to a file", arguments: 0..<6)
    func mutations(index: Int) throws {
        var generator = SeededGenerator(seed: UInt64(100 + index))
        let sample = Array(Self.samples[index].utf8)
        let tokens = [
            "-1", "nan", "1e308", "9223372036854775808", ",", " ", "\n", "\r", "\u{feff}", "#", "0.0009", "[", "{}",
        ]
        for _ in 0..<fuzzRounds(default: 1_500) {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.removeSubrange(place...)
                case 3: bytes.insert(contentsOf: tokens.randomElement(using: &generator)!.utf8, at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
                }
            }
            do {
                let profile = try ProfileReader.profile(parsing: bytes, name: "p", source: "p")
                #expect(profile.period > 0 && profile.bitsPerPeriod > 0)
                #expect(profile.time(from: 1, bits: 1e6).isFinite)
            } catch {
                #expect(!error.description.contains { $0.isNewline })
            }
        }
    }
}
