package import Adaptation
import Foundation
import Synchronization

/// A program of the user's, in whatever language, that decides: one JSON object a line on its standard input, one a line
/// on its standard output. Each session has a process of its own.
///
/// What the program does wrong is its ``fault``: the session ends and says so. An answer is waited for in real time, and
/// that is all of it that matters: a program that answers alike gives the same virtual sessions on every run.
package struct ExternalRule: RateDetermination {
    /// The program behind a lock: a rule is a value, a process is not.
    private final class Program: Sendable {
        struct State {
            var process: ProgramProcess?
            var fault: String?
        }

        let state = Mutex(State())
    }

    private let name: String
    private let ladder: Ladder
    private let patience: Double
    private let program = Program()
    private var transfers: [TransferReport] = []
    package let reconsiders: Bool
    package let replaces: Bool

    /// Starts the program; what goes wrong is the ``fault``.
    ///
    /// - Parameters:
    ///   - path: of the program.
    ///   - patience: seconds that an answer may take.
    package init(path: String, ladder: Ladder, patience: Double = 5) {
        name = path
        self.ladder = ladder
        self.patience = patience
        do throws(ProgramProcess.Failure) {
            let process = try ProgramProcess(path: path)
            program.state.withLock { $0.process = process }
        } catch {
            program.state.withLock { $0.fault = "rule exec:\(path): the program \(error.description)" }
        }
        let answer = Self.ask(
            ExternalRuleMessage.Session(ladder), program, path, patience, as: ExternalRuleAnswer.Session.self)
        reconsiders = answer?.abandons ?? false
        replaces = answer?.replaces ?? false
    }

    /// The rule that `--rule exec:PATH` names.
    ///
    /// - Throws: `RuleError` when there is no such program.
    package static func specification(path: String) throws(RuleError) -> RuleSpecification {
        let full = path.contains("/") ? path : "./" + path
        guard FileManager.default.isExecutableFile(atPath: full) else {
            let exists = FileManager.default.fileExists(atPath: full)
            throw RuleError(
                description: exists
                    ? "rule exec:\(path): the file may not be executed: chmod +x it" : "rule exec:\(path): no such file"
            )
        }
        return RuleSpecification(description: "exec:\(path)", blocks: true) { ExternalRule(path: full, ladder: $0) }
    }

    package var fault: String? { program.state.withLock { $0.fault } }

    package mutating func observe(_ transfer: TransferReport) { transfers.append(transfer) }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        let message = ExternalRuleMessage.Decision(input, transfers, second: ladder.second)
        transfers.removeAll(keepingCapacity: true)
        guard let answer = ask(message, as: ExternalRuleAnswer.Decision.self) else {
            return RateDecision(index: 0, reason: .external)
        }
        let wait = answer.wait ?? 0
        guard (0...ladder.top).contains(answer.index), wait >= 0, wait <= 3600 else {
            note("answers with index \(answer.index) and wait \(wait), of 0 to \(ladder.top) and 0 to 3600 s")
            return RateDecision(index: 0, reason: .external)
        }
        let throughput = answer.throughput.flatMap { $0 > 0 && $0.isFinite ? $0 / ladder.second : nil }
        return RateDecision(
            index: answer.index, wait: wait * ladder.second, throughput: throughput, reason: .external)
    }

    package mutating func reconsider(_ progress: TransferProgress) -> Int? {
        let message = ExternalRuleMessage.Progress(progress, second: ladder.second)
        guard let lower = ask(message, as: ExternalRuleAnswer.Progress.self)?.abandonFor else { return nil }
        guard (0..<max(progress.index, 1)).contains(lower) else {
            note("abandons version \(progress.index) for version \(lower), which is not lower")
            return nil
        }
        return lower
    }

    package mutating func replacement(
        _ input: RateDecisionInput, buffered: [BufferedSegment]
    ) -> SegmentReplacement? {
        let message = ExternalRuleMessage.Replacement(input, transfers, buffered, second: ladder.second)
        transfers.removeAll(keepingCapacity: true)
        let answer = ask(message, as: ExternalRuleAnswer.Replacement.self)
        guard let segment = answer?.replace else { return nil }
        guard let old = buffered.first(where: { $0.segment == segment }), let index = answer?.index,
            (0...ladder.top).contains(index), index != old.index
        else {
            let version = answer?.index.map { "version \($0)" } ?? "no version"
            note("replaces segment \(segment) by \(version): it takes a segment that is offered, in another version")
            return nil
        }
        return SegmentReplacement(segment: segment, index: index)
    }

    private func note(_ what: String) {
        program.state.withLock { $0.fault = $0.fault ?? "rule exec:\(name): \(what)" }
    }

    private func ask<Answer: Decodable>(_ message: some Encodable, as type: Answer.Type) -> Answer? {
        Self.ask(message, program, name, patience, as: type)
    }

    /// The answer to a message; nil once there is a fault.
    private static func ask<Answer: Decodable>(
        _ message: some Encodable, _ program: Program, _ name: String, _ patience: Double, as type: Answer.Type
    ) -> Answer? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let line = try? encoder.encode(message) else { return nil }
        let answer = program.state.withLock { state -> [UInt8]? in
            guard state.fault == nil, let process = state.process else { return nil }
            do throws(ProgramProcess.Failure) {
                return try process.ask([UInt8](line), within: patience)
            } catch {
                state.fault = "rule exec:\(name): the program \(error.description)"
                return nil
            }
        }
        guard let answer else { return nil }
        if let decoded = try? JSONDecoder().decode(Answer.self, from: Data(answer)) { return decoded }
        let text = String(decoding: answer.prefix(80), as: UTF8.self)
        program.state.withLock { state in
            state.fault = "rule exec:\(name): its answer is no such object as is asked for: \(text)"
        }
        return nil
    }
}
