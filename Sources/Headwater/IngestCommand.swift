import ArgumentParser
import Dispatch
import Foundation
import Ingest
import Logging
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

    @OptionGroup var segmentation: SegmentationArguments

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
        let ingest = Ingest(
            options: IngestOptions(
                source: file, name: name, library: library.isEmpty ? "." : library,
                segmentation: try segmentation.options(), jobs: jobs),
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
