import Foundation
import Ingest
import Presentation
import Segmenter

/// What `headwater ingest` shows while it works, on standard error, and at its end.
enum IngestDisplay {
    /// Shows `progress` while `body` runs: as one line that is redrawn on a terminal, else as a line every 10 s.
    static func following<Result: Sendable>(
        _ progress: IngestProgress, body: @Sendable () async throws -> Result
    ) async throws -> Result {
        let isTerminal = StandardStream.error.isTerminal
        let watching = Task {
            while true {
                try await Task.sleep(for: isTerminal ? .milliseconds(200) : .seconds(10))
                let snapshot = progress.snapshot
                let began = snapshot.encodingStart
                let text = line(snapshot, elapsed: began.map { (ContinuousClock.now - $0) / .seconds(1) } ?? 0)
                if isTerminal {
                    StandardStream.error.redraw(text)
                } else {
                    StandardStream.error.writeLine("ingest: \(text)")
                }
            }
        }
        do {
            let result = try await body()
            await end(watching)
            return result
        } catch {
            await end(watching)
            throw error
        }
    }

    private static func end(_ watching: Task<Void, any Error>) async {
        watching.cancel()
        _ = await watching.result
        StandardStream.error.clearLine()
    }

    /// One line about the state.
    /// - Parameter elapsed: seconds since encoding began.
    static func line(_ state: IngestProgress.Snapshot, elapsed: Double) -> String {
        switch state.stage {
        case .reading:
            let share = state.totalBytes > 0 ? Double(state.readBytes) / Double(state.totalBytes) : 0
            return "reading the source  \(percent(share))"
        case .finishing: return "writing the manifest"
        case .encoding:
            let done = state.keptSegments + state.segmentation.segments
            var text = "encoding  \(percent(state.fraction))  segments \(done)/\(max(state.totalSegments, done))"
            guard elapsed > 0, state.fraction > 0 else { return text }
            if state.frames > 0 { text += "  \(Int((Double(state.frames) / elapsed).rounded())) fps" }
            let speed = state.fraction * state.secondsToEncode / elapsed
            let rest = elapsed * (1 - state.fraction) / state.fraction
            return text + "  \(decimal(speed))x real time  \(time(rest)) left"
        }
    }

    /// What was made: a sentence and a table of the ladder.
    static func summary(of report: IngestReport) -> String {
        let seconds = decimal(report.elapsedSeconds)
        let action =
            switch report.outcome {
            case .created:
                "made in \(seconds) s (\(decimal(report.duration / max(report.elapsedSeconds, 0.001)))x real time)"
            case .resumed: "finished in \(seconds) s; \(report.keptSegments) segments were there"
            case .unchanged: "nothing to do: all of it is there"
            }
        return "\(report.name): \(time(report.duration)) of media, \(action)\n" + table(ladder(of: report))
            + "\nmanifest: \(report.manifest)"
    }

    /// The versions in rows, under a row of headings; the first three columns are text, the others numbers.
    static func ladder(of report: IngestReport) -> [[String]] {
        let isMeasured = report.tracks.contains { $0.ssim != nil }
        let rows = report.tracks.map { track -> [String] in
            let size =
                track.video.map { "\($0.width)x\($0.height)" }
                ?? track.audio.map { "\($0.sampleRate) Hz" } ?? ""
            return [
                track.id, size, track.codecs, "\(track.bandwidth / 1_000)", "\(track.averageBitRate / 1_000)",
                "\(track.segments)", decimal(Double(track.bytes) / 1_000_000),
            ] + (isMeasured ? [track.ssim.map { String(format: "%.4f", $0) } ?? ""] : [])
        }
        let heading =
            ["track", "size", "codecs", "bandwidth kb/s", "mean kb/s", "segments", "MB"]
            + (isMeasured ? ["SSIM"] : [])
        return [heading] + rows
    }

    /// Rows in columns: the first three flush left, the others, numbers, flush right.
    static func table(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column < 3 ? row[column] + padding : padding + row[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func percent(_ share: Double) -> String { "\(Int(share * 100)) %" }

    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// `42 s`, `3:07 min`, `1:02:03 h`.
    static func time(_ seconds: Double) -> String {
        let total = Int(min(max(seconds, 0), 1e9).rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if total < 60 { return "\(total) s" }
        if total < 3_600 { return "\(total / 60):\(two(total % 60)) min" }
        return "\(total / 3_600):\(two(total / 60 % 60)):\(two(total % 60)) h"
    }
}
