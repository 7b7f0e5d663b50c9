import TestSupport
import Testing

@testable import SettingsFile

private struct Complaint: SettingFailure, CustomStringConvertible {
    let description: String

    init(setting problem: String, at place: SettingPlace) { description = "\(place): \(problem)" }
}

private typealias Setting = SettingNode<Complaint>

private func read(_ text: String, limit: Int = 1 << 20) throws(Complaint) -> Setting {
    try Setting(text, file: "s.yaml", limit: limit)
}

/// The value of the key `a`.
private func value(_ text: String) throws(Complaint) -> Setting {
    guard let value = try read("a: \(text)").entries().first?.value else {
        throw Complaint(setting: "no value", at: SettingPlace(file: "s.yaml"))
    }
    return value
}

@Suite("A file of settings")
struct SettingNodeTests {
    private let text = """
        # A comment.
        subnets:
          - pools:
              - one
              - two
            lease: 5
          - pools: three
        "a key": {b.c: x}
        nothing:
        """

    @Test("knows where its parts stand")
    func places() throws {
        let top = try read(text)
        let fields = try top.fields(["subnets", "a key", "nothing"])
        let subnets = try #require(fields["subnets"]).elements()
        #expect(top.place == SettingPlace(file: "s.yaml", line: 2) && subnets.count == 2)
        let pools = try #require(try subnets[0].fields(["pools", "lease"])["pools"])
        #expect(pools.place.description == "s.yaml:3: subnets[0].pools")
        #expect(pools.elements()[1].place.description == "s.yaml:5: subnets[0].pools[1]")
        #expect(pools.elements().map { $0.error("no").description }[0] == "s.yaml:4: subnets[0].pools[0]: no")
        let inner = try #require(try fields["a key"]?.entries().first)
        #expect(inner.key.place.description == "s.yaml:8: \"a key\"")
        #expect(inner.value.place.description == "s.yaml:8: \"a key\".\"b.c\"")
        #expect(try inner.key.text() == "b.c" && inner.value.text() == "x")
    }

    @Test("takes one thing for a list of it, and nothing for none")
    func lists() throws {
        let fields = try read(text).fields(["subnets", "a key", "nothing"])
        let nothing = try #require(fields["nothing"])
        #expect(try nothing.elements().isEmpty && nothing.entries().isEmpty && nothing.text().isEmpty)
        let single = try #require(fields["subnets"]).elements()[1].fields(["pools"])["pools"]?.elements()
        #expect(try single?.map { try $0.text() } == ["three"])
        // What is quoted is a text.
        #expect(try value("''").elements().count == 1 && value("~").elements().isEmpty)
    }

    @Test(
        "is followed along a path as far as there is one",
        arguments: [
            ("subnets[0].pools[1]", 5), ("subnets[0].lease", 6), ("subnets[1].pools[0]", 7), ("subnets[1].lease", 7),
            ("subnets[7]", 2), ("none.at[0].all", 2), ("nothing", 9),
        ])
    func descendants(path: String, line: Int) throws {
        let place = try read(text).descendant(at: path).place
        #expect(place.description == "s.yaml:\(line): \(path)")
    }

    @Test("keeps the order of its settings")
    func order() throws {
        #expect(try read("b: 1\na: 2\nc: 3").settings(["a", "b", "c"]).map(\.name) == ["b", "a", "c"])
    }

    @Test(
        "that is none is refused in one line, with file and line",
        arguments: [
            ("", "s.yaml: the file says nothing"), ("# Nothing.\n", "s.yaml: the file says nothing"),
            ("a: 1\nb: [\n1, 2\n", "in line 2: did not find expected ',' or ']'"), ("a: [}", "s.yaml:1: no YAML:"),
            ("a: &a [*a]", "s.yaml:1: no YAML: "), ("a: 1\n---\nb: 1\n", "s.yaml:2: no YAML: "),
            ("a: \u{1}", "s.yaml: no YAML: control characters are not allowed"), ("a: \"\\x\"", "s.yaml:1: no YAML: "),
            ("b: 1\na: 1\na: 2\n", "s.yaml:2: given twice: \"a\""),
            (String(repeating: "[", count: 100_000), "s.yaml:1: no YAML"),
            (String(repeating: "- ", count: 50_000), "s.yaml:1: no YAML"),
        ])
    func malformed(text: String, complaint: String) throws {
        let error = #expect(throws: Complaint.self) { try read(text) }
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "no error")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test("may not be larger than is said")
    func size() throws {
        #expect(try read("a: b", limit: 4).entries().count == 1)
        #expect(
            try #require(throws: Complaint.self) { try read("a: bc", limit: 4) }.description
                == "s.yaml: the file has more than 4 octets")
    }

    @Test("has nothing but what is known, of the kind that is expected")
    func structure() throws {
        func complaint(_ body: () throws -> Void) throws -> String {
            try #require(throws: Complaint.self) { try body() }.description
        }
        let known = "there is no such setting; known are a, z, b"
        #expect(try complaint { _ = try read("a: 1\nd:\n  e: 1").fields(["a", "z", "b"]) } == "s.yaml:2: d: " + known)
        #expect(
            try complaint { _ = try read("[1]").entries() } == "s.yaml:1: keys and values are expected: `key: value`")
        #expect(try complaint { _ = try value("{b: c}").text() } == "s.yaml:1: a: a single value is expected")
        #expect(try complaint { _ = try read("[b]: c").entries() } == "s.yaml:1: a single value is expected")
        #expect(try complaint { _ = try value("\"b\\nc\"").flag() } == "s.yaml:1: a: \"b?c\" is not true or false")
    }
}

@Suite("Values of settings")
struct SettingValueTests {
    @Test(
        "are flags",
        arguments: [("true", true), ("Yes", true), ("on", true), ("false", false), ("NO", false), ("off", false)])
    func flags(text: String, flag: Bool) throws { #expect(try value(text).flag() == flag) }

    @Test(
        "are times",
        arguments: [
            ("0", 0), ("90", 90), ("0.5", 0.5), ("500ms", 0.5), ("2s", 2), ("1h30m", 5_400), ("1m0.5s", 60.5),
            ("2 s", 2), ("1d", 86_400), ("1w", 604_800),
        ])
    func times(text: String, seconds: Double) throws {
        #expect(try value(text).seconds(0...1_000_000, "a time") == seconds)
    }

    @Test(
        "are no times",
        arguments: [
            "", "s", "-1", "1e3", "1x", "1h30", "30 1h", "1.2.3s", "٣s", "nan", "infinite", "1000001", "2w", "1s ",
        ])
    func noTimes(text: String) throws {
        #expect(throws: Complaint.self) { try value("'\(text)'").seconds(0...1_000_000, "a time") }
    }

    @Test(
        "are rates",
        arguments: [("800 Mb/s", 8e8), ("1Gb/s", 1e9), ("64kb/s", 64_000), ("5", 5), ("2b/s", 2), ("1.5Tb/s", 1.5e12)])
    func rates(text: String, rate: Double) throws { #expect(try value(text).bitRate() == rate) }

    @Test("are no rates", arguments: ["", "0", "0 Mb/s", "5 MB/s", "-5", "Mb/s", "inf", "1e400"])
    func noRates(text: String) throws {
        #expect(throws: Complaint.self) { try value("'\(text)'").bitRate() }
    }

    @Test("are numbers, whole numbers and shares")
    func numbers() throws {
        #expect(try value("2.5").number(1...3, "a number") == 2.5 && value("7").integer(1...7, "a number") == 7)
        #expect(try value("90%").share(0...1, "a share") == 0.9 && value("0.25").share(0...1, "a share") == 0.25)
        for text in ["nan", "3.5", "x", ""] {
            #expect(throws: Complaint.self) { try value("'\(text)'").number(1...3, "a number") }
        }
        for text in ["8", "1.0", "0x1", ""] {
            #expect(throws: Complaint.self) { try value("'\(text)'").integer(1...7, "a number") }
        }
        for text in ["101%", "%", "-1%", "nan"] {
            #expect(throws: Complaint.self) { try value("'\(text)'").share(0...1, "a share") }
        }
        let error = #expect(throws: Complaint.self) { try value("8").integer(1...7, "a number from 1 to 7") }
        #expect(error?.description == "s.yaml:1: a: \"8\" is not a number from 1 to 7")
    }

    @Test("are quoted in one line, and not longer than sixty characters")
    func quotes() {
        #expect(PrintableName("a\u{2028}b\u{202E}\u{85}c").description == "\"a?b??c\"")
        #expect(PrintableName(String(repeating: "é", count: 61)).description.count == 63)
    }
}

@Suite("Randomised files of settings")
struct RandomisedSettingsTests {
    @Test("may be damaged in any way")
    func randomised() {
        var random = SeededGenerator(seed: 4)
        let original = Array("a: {b: [1, 2s], \"c\": 'd'}\ne:\n  - &f g\n  - h: *f\n  - |\n    i\n".utf8)
        for _ in 0..<fuzzRounds(default: 1_000) {
            let octets = damaged(original, "[]{}:-,&*!|>'\"%@`\n 0", using: &random)
            do throws(Complaint) {
                try walk(try read(String(decoding: octets, as: UTF8.self)))
            } catch {
                #expect(error.description.hasPrefix("s.yaml") && !error.description.contains("\n"))
            }
        }
    }

    private func walk(_ node: Setting) throws(Complaint) {
        for element in node.elements() where element.place.path.count < 8 {
            #expect(!element.place.description.contains("\n") && element.place.line != nil)
            for (_, value) in (try? element.entries()) ?? [] { try walk(value) }
        }
        _ = try node.text()
    }
}
