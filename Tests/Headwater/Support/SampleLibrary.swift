import Foundation
import Testing

/// The sample clip, ingested once for every test that only reads it.
enum SampleLibrary {
    /// The library's folder; its one presentation is `manifests/clip.mpd`.
    static func path() async throws -> String { try await ingested.value }

    private static let ingested = Task {
        atexit { try? FileManager.default.removeItem(at: SampleLibrary.folder) }
        let path = folder.path(percentEncoded: false)
        let result = try await headwater("ingest", sampleClip, "--name", "clip", "--library", path)
        try #require(result.status == 0, "\(result.standardError)")
        return path
    }

    /// Computed, since the C callback that removes it cannot capture.
    private static var folder: URL {
        FileManager.default.temporaryDirectory.appending(component: "headwater-sample-\(getpid())")
    }
}
