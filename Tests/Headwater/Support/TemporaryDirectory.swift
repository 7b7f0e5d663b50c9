import Foundation

/// Gives `body` the path of a new folder, which is removed afterwards.
func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = FileManager.default.temporaryDirectory.appending(component: "headwater-\(UUID().uuidString)")
        .path(percentEncoded: false)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// The repository's root: tests use its sample clip.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path(percentEncoded: false)

/// The sample clip: 5.3 s of 1280×720 pictures at 25 frames/s, with 5.1 AAC sound.
let sampleClip = packageRoot + "media/samples/bigbuckbunny.mp4"
