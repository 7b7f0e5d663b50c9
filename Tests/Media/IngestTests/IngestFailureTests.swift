import Foundation
import Logging
import MediaTestSupport
import Presentation
import Segmenter
import Synchronization
import Testing

@testable import Ingest

@Suite("An ingest that fails")
struct IngestFailureTests {
    private func ingest(
        _ source: String, library: String, willStore: @escaping @Sendable (SegmentKey) throws -> Void = { _ in }
    ) async throws -> IngestReport {
        try await Ingest(
            options: IngestOptions(
                source: source, library: library,
                segmentation: SegmentationOptions(segmentDuration: Rational(1), preset: "ultrafast"), jobs: 2),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), willStore: willStore
        )
        .run()
    }

    /// Every file below `folder` with its content.
    private func files(_ folder: String) -> [String: Data] {
        var files: [String: Data] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            files[path] = FileManager.default.contents(atPath: "\(folder)/\(path)")
        }
        return files
    }

    /// Two films of one size, which differ in picture and sound.
    private func makeFilms(in folder: String) throws -> (Data, Data) {
        for (name, filter) in [("a", "testsrc2"), ("b", "smptebars")] {
            try TestMedia.ffmpeg(
                "-f lavfi -i \(filter)=s=96x64:r=25:d=3 -f lavfi -i sine=f=\(name == "a" ? 300 : 900):r=8000:d=3 "
                    + "-c:v rawvideo -pix_fmt yuv420p -c:a pcm_s16le \(name).avi", in: folder)
        }
        return (
            try Data(contentsOf: URL(filePath: "\(folder)/a.avi")),
            try Data(contentsOf: URL(filePath: "\(folder)/b.avi"))
        )
    }

    /// Writes over a file in place.
    private func overwrite(_ path: String, with data: Data) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.write(contentsOf: data)
        try handle.close()
    }

    @Test("because its source changed leaves nothing for the next one")
    func changedSource() async throws {
        try await TestMedia.withFolder { folder in
            let (first, second) = try makeFilms(in: folder)
            #expect(first.count == second.count)
            let source = "\(folder)/s.avi"
            try first.write(to: URL(filePath: source))
            _ = try await ingest(source, library: "\(folder)/whole")
            let library = "\(folder)/library"
            let error = await #expect(throws: IngestError.self) {
                _ = try await ingest(source, library: library) { key in
                    if key.number == 1 { try overwrite(source, with: second) }
                }
            }
            #expect(error?.code == .unusableSource)
            #expect(!FileManager.default.fileExists(atPath: library))
            try overwrite(source, with: first)
            let report = try await ingest(source, library: library)
            #expect(report.outcome == .created)
            #expect(files(library) == files("\(folder)/whole"))
        }
    }

    @Test("is not gone on with when its source was written since")
    func changedBetweenRuns() async throws {
        try await TestMedia.withFolder { folder in
            let (film, _) = try makeFilms(in: folder)
            let (source, library) = ("\(folder)/s.avi", "\(folder)/library")
            try film.write(to: URL(filePath: source))
            let stored = Mutex(0)
            func fill() async {
                let error = await #expect(throws: IngestError.self) {
                    _ = try await ingest(source, library: library) { _ in
                        try stored.withLock {
                            guard $0 < 4 else { throw IngestError("cannot write", "somewhere", errno: ENOSPC) }
                            $0 += 1
                        }
                    }
                }
                #expect(error?.description.contains("kept") ?? false)
            }
            await fill()
            let finished = files(library).keys.filter { $0.hasSuffix(".m4s") }
            #expect(!finished.isEmpty)
            // As it was, nothing is made twice.
            stored.withLock { $0 = 4 }
            await fill()
            #expect(Set(files(library).keys.filter { $0.hasSuffix(".m4s") }) == Set(finished))
            // Poison, and a source of the same content that was written again.
            for file in finished { try overwrite("\(library)/\(file)", with: Data("poison".utf8)) }
            try overwrite(source, with: film)
            let report = try await ingest(source, library: library)
            #expect(report.keptSegments == 0)
            _ = try await ingest(source, library: "\(folder)/whole")
            #expect(files(library) == files("\(folder)/whole"))
        }
    }

    @Test("because nothing can be decoded leaves no trace")
    func undecodable() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -c:v libx264 -preset ultrafast -movflags +faststart a.mp4",
                in: folder)
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/a.mp4")))
            let media = try #require(bytes.firstRange(of: Array("mdat".utf8))).upperBound
            for index in media..<bytes.count { bytes[index] = 0xA5 }
            try Data(bytes).write(to: URL(filePath: "\(folder)/a.mp4"))
            let error = await #expect(throws: SegmenterError.self) {
                _ = try await ingest("\(folder)/a.mp4", library: "\(folder)/library")
            }
            #expect(error?.code == .unusableSource)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/library"))
        }
    }

    @Test("because a folder is in the manifest's place fails before the work")
    func folderAsManifest() async throws {
        try await TestMedia.withFolder { folder in
            let (film, _) = try makeFilms(in: folder)
            try film.write(to: URL(filePath: "\(folder)/s.avi"))
            let manifest = "\(folder)/library/manifests/s.mpd"
            try FileManager.default.createDirectory(atPath: manifest, withIntermediateDirectories: true)
            let error = await #expect(throws: IngestError.self) {
                _ = try await ingest("\(folder)/s.avi", library: "\(folder)/library") { _ in
                    Issue.record("something was stored")
                }
            }
            #expect(error?.code == .libraryUnavailable)
            #expect(error?.description.contains("s.mpd is a folder") ?? false)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/library/media"))
        }
    }
}
