import Adaptation
import Foundation
import Testing

@testable import ExternalRule

/// Programs are shell scripts, which every machine can run.
@Suite("Rules in programs of their own")
struct ExternalRuleTests {
    private let ladder = Ladder(bitRates: [1e6, 2e6, 4e6], segmentDuration: 2, maxBuffer: 20)

    private func withProgram<Result>(_ script: String, body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(component: "rule-\(UUID().uuidString)")
            .path(percentEncoded: false)
        // Another process writes it: one that a test beside this starts would have the file open for a moment, and what is
        // open for writing cannot be run (ETXTBSY).
        let writer = Process()
        writer.executableURL = URL(filePath: "/bin/sh")
        writer.arguments = ["-c", #"printf '#!/bin/sh\n%s' "$1" >"$2" && chmod +x "$2""#, "sh", script, path]
        try writer.run()
        writer.waitUntilExit()
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private var input: RateDecisionInput {
        RateDecisionInput(time: 3, segment: 4, segmentCount: 10, buffer: 8, previous: 1, idle: 0.5)
    }

    @Test("A program is told of the session and of each decision, and its answers count")
    func decisions() throws {
        // It writes down what it is told.
        let log = FileManager.default.temporaryDirectory.appending(component: "log-\(UUID().uuidString)")
            .path(percentEncoded: false)
        defer { try? FileManager.default.removeItem(atPath: log) }
        try withProgram(
            """
            read line; echo "$line" > '\(log)'; echo '{"abandons": true}'
            read line; echo "$line" >> '\(log)'; echo '{"index": 2, "wait": 1.5, "throughput": 5e6}'
            read line; echo "$line" >> '\(log)'; echo '{"abandonFor": 0}'
            read line; echo "$line" >> '\(log)'; echo '{}'
            """
        ) { path in
            var rule = ExternalRule(path: path, ladder: ladder)
            #expect(rule.reconsiders)
            rule.observe(
                TransferReport(
                    segment: 3, index: 1, time: 2.5, elapsed: 1, buffer: 8.5,
                    sample: TransferSample(bits: 4e6, duration: 0.875, latency: 0.125)))
            let decision = rule.decide(input)
            #expect(decision == RateDecision(index: 2, wait: 1.5, throughput: 5e6, reason: .external))
            let progress = TransferProgress(
                segment: 4, index: 2, elapsed: 1, latency: 0.1, received: 1e6, size: 8e6, buffer: 7)
            #expect(rule.reconsider(progress) == 0)
            #expect(rule.reconsider(progress) == nil)
            #expect(rule.fault == nil)
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(
                lines.first
                    == #"{"bitRates":[1000000,2000000,4000000],"maxBuffer":20,"schema":1,"segmentDuration":2,"type":"session","utilities":[0,0.6931471805599454,1.3862943611198908]}"#
            )
            #expect(
                lines[1]
                    == #"{"buffer":8,"idle":0.5,"playing":true,"previous":1,"segment":4,"segmentCount":10,"time":3,"transfers":[{"bits":4000000,"buffer":8.5,"duration":0.875,"elapsed":1,"index":1,"latency":0.125,"segment":3,"time":2.5}],"type":"decision"}"#
            )
            #expect(lines.count == 4)
        }
    }

    @Test(
        "What a program does wrong is its fault, and the lowest version is the choice",
        arguments: [
            ("exit 3", "ended, with status 3, instead of answering"),
            ("kill -9 $$", "was ended by signal 9"),
            ("exec 1>&-; read line; sleep 1", "has closed its output"),
            ("read line; echo no", "its answer is no such object as is asked for: no"),
            (#"read line; echo '{}'; read line; echo '{}'"#, "its answer is no such object as is asked for: {}"),
            (#"read line; echo '{}'; read line; echo '{"index": 3}'"#, "answers with index 3 and wait 0.0"),
            (#"read line; echo '{}'; read line; echo '{"index": -1}'"#, "answers with index -1 and wait 0.0"),
            (
                #"read line; echo '{}'; read line; echo '{"index": 1, "wait": -1}'"#,
                "answers with index 1 and wait -1.0"
            ),
        ])
    func faults(_ script: String, _ fault: String) throws {
        try withProgram(script) { path in
            var rule = ExternalRule(path: path, ladder: ladder)
            #expect(rule.decide(input) == RateDecision(index: 0, reason: .external))
            #expect(rule.fault?.hasPrefix("rule exec:\(path): ") == true)
            #expect(rule.fault?.contains(fault) == true, "\(rule.fault ?? "")")
            // Once is enough: nothing more is asked.
            #expect(rule.decide(input).index == 0)
        }
    }

    @Test("A program that is silent is waited for, and no longer than that")
    func silence() throws {
        try withProgram("read line; echo '{}'; read line; exec sleep 60") { path in
            var rule = ExternalRule(path: path, ladder: ladder, patience: 0.2)
            #expect(rule.decide(input).index == 0)
            #expect(rule.fault?.hasSuffix("the program gives no answer within 0.2 s") == true)
        }
    }

    @Test("An abandonment for a version that is not lower is a fault")
    func notLower() throws {
        try withProgram(#"read line; echo '{"abandons": true}'; read line; echo '{"abandonFor": 2}'"#) { path in
            var rule = ExternalRule(path: path, ladder: ladder)
            let progress = TransferProgress(
                segment: 4, index: 2, elapsed: 1, latency: 0.1, received: 1e6, size: 8e6, buffer: 7)
            #expect(rule.reconsider(progress) == nil)
            #expect(rule.fault?.contains("abandons version 2 for version 2") == true, "\(rule.fault ?? "")")
        }
    }

    private static let buffered = [
        BufferedSegment(segment: 7, index: 0, lead: 3.5, duration: 2),
        BufferedSegment(segment: 8, index: 1, lead: 5.5, duration: 2),
    ]

    @Test("A program that wants to is told of what is buffered, and may have it replaced")
    func replacement() throws {
        let log = FileManager.default.temporaryDirectory.appending(component: "log-\(UUID().uuidString)")
            .path(percentEncoded: false)
        defer { try? FileManager.default.removeItem(atPath: log) }
        try withProgram(
            """
            read line; echo '{"replaces": true}'
            read line; echo "$line" > '\(log)'; echo '{"replace": 8, "index": 2}'
            read line; echo "$line" >> '\(log)'; echo '{}'
            """
        ) { path in
            var rule = ExternalRule(path: path, ladder: ladder)
            #expect(rule.replaces && !rule.reconsiders)
            #expect(
                rule.replacement(input, buffered: Self.buffered) == SegmentReplacement(segment: 8, index: 2))
            rule.observe(
                TransferReport(segment: 8, index: 2, time: 3, elapsed: 1, buffer: 8, sample: nil, isReplacement: true))
            #expect(rule.replacement(input, buffered: Self.buffered) == nil)
            #expect(rule.fault == nil)
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(
                lines.first
                    == #"{"buffer":8,"buffered":[{"duration":2,"index":0,"lead":3.5,"segment":7},{"duration":2,"index":1,"lead":5.5,"segment":8}],"idle":0.5,"playing":true,"previous":1,"segment":4,"segmentCount":10,"time":3,"transfers":[],"type":"replacement"}"#
            )
            #expect(lines.last?.contains(#""replacement":true,"segment":8"#) == true)
        }
    }

    @Test(
        "A replacement of what is not offered, or by what there is not, is a fault",
        arguments: [
            #"{"replace": 6, "index": 1}"#, #"{"replace": 8, "index": 3}"#, #"{"replace": 8, "index": 1}"#,
            #"{"replace": 8}"#,
        ])
    func impossibleReplacement(_ answer: String) throws {
        try withProgram("read line; echo '{\"replaces\": true}'; read line; echo '\(answer)'") { path in
            var rule = ExternalRule(path: path, ladder: ladder)
            #expect(rule.replacement(input, buffered: Self.buffered) == nil)
            #expect(rule.fault?.contains("it takes a segment that is offered") == true, "\(rule.fault ?? "")")
        }
    }

    @Test("What is no program is refused before anything is played")
    func noProgram() throws {
        let missing = #expect(throws: RuleError.self) { try ExternalRule.specification(path: "/nonexistent") }
        #expect(missing?.description == "rule exec:/nonexistent: no such file")
        let file = #expect(throws: RuleError.self) { try ExternalRule.specification(path: "/etc/passwd") }
        #expect(file?.description.contains("may not be executed") == true)
    }
}
