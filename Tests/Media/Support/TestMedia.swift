package import Foundation
import TestSupport

/// Media files for tests, made by the `ffmpeg` command from generated pictures and sound.
package enum TestMedia {
    /// The `ffmpeg` command failed or is not there.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The repository's sample clip: 132 pictures of 1280×720 at 25 frames/s with 5.1 AAC sound.
    package static let sampleClip: String = {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder.appending(path: "media/samples/bigbuckbunny.mp4").path(percentEncoded: false)
    }()

    /// Gives `body` a new folder, which is removed afterwards.
    package static func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(component: "headwater-\(UUID().uuidString)")
            .path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    /// Runs `ffmpeg` with `arguments`, separated by spaces, in `folder`.
    package static func ffmpeg(_ arguments: String, in folder: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1"]
            + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "ffmpeg \(arguments) failed") }
    }

    /// 16-bit samples, the same in every channel, as a WAV file.
    package static func wave(_ samples: [Int16], sampleRate: Int, channelCount: Int) -> Data {
        var data = Data()
        func append(_ text: String) { data.append(contentsOf: text.utf8) }
        func append<Value: FixedWidthInteger>(_ value: Value) {
            withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
        }
        let size = samples.count * channelCount * 2
        append("RIFF")
        append(UInt32(36 + size))
        append("WAVEfmt ")
        append(UInt32(16))
        append(UInt16(1))
        append(UInt16(channelCount))
        append(UInt32(sampleRate))
        append(UInt32(sampleRate * channelCount * 2))
        append(UInt16(channelCount * 2))
        append(UInt16(16))
        append("data")
        append(UInt32(size))
        for sample in samples { for _ in 0..<channelCount { append(sample) } }
        return data
    }

    /// White noise, whose correlation with itself has one sharp peak.
    package static func noise(_ count: Int, seed: UInt64) -> [Int16] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Int16.random(in: -8_000...8_000, using: &generator) }
    }
}
