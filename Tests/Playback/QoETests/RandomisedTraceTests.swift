import Foundation
import QoE
import TestSupport
import Testing

@Suite("Randomised traces")
struct RandomisedTraceTests {
    /// What mutations put in: JSON's own bytes, numbers that are hard to hold, names of kinds and members.
    private static let pieces = [
        "{", "}", "[", "]", "\"", ":", ",", "\\", "\n", "\r", "\\u0000", "\\ud800", "null", "true", "-1", "1e308",
        "1e999",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "0.1", "\"type\"", "\"session\"",
        "\"request\"", "\"schema\":2,", "\"time\":", "\u{0}", "\u{feff}", "💧",
    ].map { Array($0.utf8) }

    @Test("no text makes the reader, the summary or a score trap, and its errors name the file")
    func mutations() {
        var generator = SeededGenerator(seed: 11)
        let source = Array(Example.text.utf8)
        for _ in 0..<fuzzRounds(default: 300) {
            var bytes = source
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let start = Int.random(in: 0..<max(bytes.count, 1), using: &generator)
                let end = min(bytes.count, start + Int.random(in: 0...40, using: &generator))
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes.replaceSubrange(min(start, end)..<end, with: [])
                case 1:
                    bytes.replaceSubrange(
                        min(start, end)..<end, with: Self.pieces.randomElement(using: &generator) ?? [])
                case 2:
                    bytes.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? [], at: min(start, end))
                case 3: bytes.removeSubrange(end...)
                default: if start < bytes.count { bytes[start] = UInt8.random(in: 0...255, using: &generator) }
                }
            }
            do {
                let events = try TraceEvent.events(inLines: String(decoding: bytes, as: UTF8.self), of: "run.jsonl")
                let summary = PlaybackSummary(of: events)
                let viewing = Viewing(of: events)
                #expect(ScoreCatalogue.values(of: viewing).compactMap(\.number).allSatisfy { $0.isFinite })
                if let input = try? P1203Input(viewing) { _ = try JSONEncoder().encode(input) }
                #expect(summary.segmentCount >= 0 && summary.bytes >= 0)
            } catch let error as TraceError {
                #expect(error.description.hasPrefix("run.jsonl"))
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    private static func time(_ generator: inout SeededGenerator) -> Double {
        Bool.random(using: &generator)
            ? Double.random(in: 0...1000, using: &generator) : Double(Int.random(in: 0...1000, using: &generator))
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        String(
            String.UnicodeScalarView(
                (0..<Int.random(in: 0...8, using: &generator)).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 0...0x2_ffff, using: &generator))
                }))
    }

    private static func event(_ generator: inout SeededGenerator) -> TraceEvent {
        let number = Int.random(in: 0...1_000_000_000, using: &generator)
        let isSet = Bool.random(using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return .startup(time: time(&generator))
        case 1: return .stallBegan(time: time(&generator))
        case 2: return .stallEnded(time: time(&generator), duration: time(&generator))
        case 3:
            return .buffer(
                BufferRecord(
                    time: time(&generator), position: time(&generator), video: isSet ? time(&generator) : nil,
                    audio: isSet ? nil : time(&generator)))
        case 4:
            return .versionSwitch(
                SwitchRecord(
                    time: time(&generator), media: text(&generator), segment: number, from: text(&generator),
                    to: text(&generator)))
        case 5:
            return .decision(
                DecisionRecord(
                    time: time(&generator), media: text(&generator), segment: number, buffer: time(&generator),
                    throughput: isSet ? time(&generator) : nil, choice: text(&generator), bitRate: number,
                    wait: time(&generator), reason: text(&generator)))
        case 6:
            return .request(
                RequestRecord(
                    time: time(&generator), media: text(&generator), track: text(&generator),
                    segment: isSet ? number : nil, duration: time(&generator), bitRate: number, url: text(&generator),
                    bytes: number, firstByte: isSet ? time(&generator) : nil, lastByte: isSet ? nil : time(&generator),
                    status: isSet ? 200 : nil, cacheStatus: isSet ? text(&generator) : nil, outcome: text(&generator),
                    ssim: isSet ? 0.5 : nil, vmaf: isSet ? nil : time(&generator)))
        default:
            return .end(
                EndRecord(
                    time: time(&generator), played: time(&generator), outcome: text(&generator),
                    message: isSet ? text(&generator) : nil))
        }
    }

    @Test("whatever is recorded is read again, event by event")
    func roundTrips() throws {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<fuzzRounds(default: 300) / 10 {
            let events =
                [TraceEvent.session(SessionRecord(url: Self.text(&generator), duration: Self.time(&generator)))]
                + (0..<20).map { _ in Self.event(&generator) }
            let text = try events.map { try $0.line() + "\n" }.joined()
            #expect(try TraceEvent.events(inLines: text, of: "t") == events)
        }
    }
}
