import ArgumentParser
import Dispatch
import Foundation
import Ingest
import Logging
import Presentation
import Report
import Segmenter
import Synchronization

/// `headwater ingest`: from a video file to a presentation in the library.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Makes a video or audio file into segments of several bit rates and a DASH manifest.",
        discussion: """
            Any container and codec that FFmpeg reads; H.264 and AAC in CMAF come out. The ladder follows from the \
            source: its own size on top, standard sizes below it, nothing scaled up. An ingest that was stopped, in \
            whatever way, goes on where it was when the same command is given again.

            Example:
              headwater ingest film.mkv --name film --library /srv/media

            A ladder of one's own is a JSON array; height counts lines (columns of a portrait source), width and \
            maximumBitRate (bits per second) may be left out:
              [{"height": 360, "maximumBitRate": 600000}, {"width": 1280, "height": 720}]
            """)

    @Argument(help: "The file to ingest.")
    var file: String

    @Option(help: ArgumentHelp("Name of the presentation in the library (default: made from the file's)."))
    var name: String?

    @Option(help: "Folder with media/ and manifests/; made if it does not exist.")
    var library = "."

    @Option(help: ArgumentHelp("Versions to make.", valueName: "auto|FILE"))
    var ladder = "auto"

    @Option(help: "Length of a segment, 0.5s to 30s; segments end with whole frames.")
    var segmentDuration = SegmentDuration(milliseconds: 2_000)

    @Option(help: "x264's preset: slower ones need fewer bits for the same quality.")
    var preset = "veryfast"

    @Option(
        help: ArgumentHelp(
            "Measure each video segment against the source and list it in segments.json: ssim. Takes half as long again.",
            valueName: "ssim"))
    var quality: QualityMeasure?

    @Option(help: "Encoders at work at once (default: one for each processor); bytes do not depend on it.")
    var jobs: Int?

    @Flag(help: "Print the result as one JSON document on standard output.")
    var json = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...256).contains(jobs) else {
            throw CommandError(.usage, "--jobs must be from 1 to 256, not \(jobs)")
        }
        let segmentation = SegmentationOptions(
            segmentDuration: segmentDuration.seconds, preset: preset, ladder: try ladderChoice(), quality: quality)
        let ingest = Ingest(
            options: IngestOptions(
                source: file, name: name, library: library.isEmpty ? "." : library, segmentation: segmentation,
                jobs: jobs),
            logger: common.logger("ingest"))
        let report = try await withInterruption {
            try await IngestDisplay.following(ingest.progress) { try await ingest.run() }
        }
        if json {
            try StandardStream.output.writeResult(JSONText.document(report) + "\n")
        } else {
            try StandardStream.output.writeResult(IngestDisplay.summary(of: report) + "\n")
        }
    }

    private func ladderChoice() throws -> SegmentationOptions.LadderChoice {
        if ladder == "auto" { return .automatic }
        guard let data = FileManager.default.contents(atPath: ladder) else {
            throw CommandError(.noInput, "cannot read the ladder \(ladder)")
        }
        return .document(try LadderDocument(parsing: [UInt8](data)))
    }

    /// Runs `body`; SIGINT and SIGTERM cancel it, and the process then ends as one that the signal ended.
    private func withInterruption<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await body() }
        let received = ReceivedSignal()
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                // Whoever asks twice does not want to wait.
                if received.note(number) { Foundation.exit(128 + number) }
                task.cancel()
            }
            source.activate()
            return source
        }
        defer { for source in sources { source.cancel() } }
        do {
            return try await task.value
        } catch is CancellationError {
            StandardStream.error.writeLine("headwater: interrupted; the same command goes on from here")
            throw ExitCode(128 + received.number)
        }
    }
}

/// A length of time as people write it: `2s`, `2.5s`, `1500ms`; a bare number counts seconds.
struct SegmentDuration: ExpressibleByArgument {
    private let milliseconds: Int

    init(milliseconds: Int) { self.milliseconds = milliseconds }

    init?(argument: String) {
        let (digits, factor): (Substring, Double) =
            if argument.hasSuffix("ms") {
                (argument.dropLast(2), 1)
            } else {
                (argument.hasSuffix("s") ? argument.dropLast() : argument[...], 1_000)
            }
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(digits) else {
            return nil
        }
        let milliseconds = (number * factor).rounded()
        guard milliseconds >= 1, milliseconds <= 1_000_000 else { return nil }
        self.init(milliseconds: Int(milliseconds))
    }

    var seconds: Rational { Rational(milliseconds, 1_000) }

    var defaultValueDescription: String { "\(Double(milliseconds) / 1_000)s".replacing(".0s", with: "s") }
}

/// Which signal asked to stop.
private final class ReceivedSignal: Sendable {
    private let state = Mutex<Int32>(0)

    /// - Returns: whether one came before.
    func note(_ signal: Int32) -> Bool {
        state.withLock { received in
            defer { received = signal }
            return received != 0
        }
    }

    var number: Int32 { state.withLock { $0 } }
}

extension QualityMeasure: ExpressibleByArgument {}

extension IngestError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .noSource: .noInput
        case .unusableSource: .dataError
        case .invalidName: .usage
        case .libraryUnavailable: .cannotCreate
        case .permissionDenied: .noPermission
        case .writeFailed: .ioError
        case .busy: .temporaryFailure
        }
    }
}

extension SegmenterError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .unreadableSource: .noInput
        case .unusableSource: .dataError
        case .invalidLadder: .configuration
        case .invalidOption: .usage
        case .encoderFailure: .software
        }
    }
}
