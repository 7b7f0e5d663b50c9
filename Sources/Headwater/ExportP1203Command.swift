import ArgumentParser
import Foundation
import QoE
import Report

/// `headwater export-p1203`: a trace as input for programs that compute ITU-T P.1203.
struct ExportP1203Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-p1203",
        abstract: "Writes the input of programs that compute ITU-T P.1203 (mode 0) from a trace.",
        discussion: """
            The JSON names codec, bit rate, resolution, frame rate, start and duration of each segment that was shown, and \
            where playback stood still. The Recommendation is made for H.264 with AAC or AC-3 and for sessions of one to \
            five minutes.

            Example: headwater export-p1203 trace.jsonl --output p1203.json
            """)

    @Argument(help: ArgumentHelp("A trace, as headwater play --trace writes it.", valueName: "trace"))
    var trace: String

    @Option(help: "What it was watched on: pc or mobile.")
    var device = Device.pc

    @Option(help: ArgumentHelp("Size of the display in pixels.", valueName: "width x height"))
    var display = DisplaySize(width: 1920, height: 1080)

    @Flag(help: "Leave the sound out, for instance where its codec is none that P.1203 knows.")
    var noAudio = false

    @Flag(help: "Take a trace that breaks off as far as it goes.")
    var partial = false

    @Option(help: ArgumentHelp("File to write instead of standard output.", valueName: "file"))
    var output: String?

    enum Device: String, ExpressibleByArgument, CaseIterable {
        case pc, mobile
    }

    /// `1920x1080`.
    struct DisplaySize: ExpressibleByArgument, CustomStringConvertible {
        var width: Int
        var height: Int

        init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }

        init?(argument: String) {
            let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
            guard sides.count == 2, let width = sides[0], let height = sides[1] else { return nil }
            guard (1...65_535).contains(width), (1...65_535).contains(height) else { return nil }
            self.init(width: width, height: height)
        }

        var description: String { "\(width)x\(height)" }
        var defaultValueDescription: String { description }
    }

    func run() async throws {
        let viewing = try TraceInput.viewing(at: trace, isPartial: partial)
        let input: P1203Input
        do {
            input = try P1203Input(
                viewing, device: device.rawValue, display: display.description, withAudio: !noAudio)
        } catch {
            throw CommandError(.dataError, "\(trace): \(error)")
        }
        let text = try JSONText.document(input) + "\n"
        guard let output else { return try StandardStream.output.writeResult(text) }
        try ReportFolder.write(text, to: output)
    }
}
