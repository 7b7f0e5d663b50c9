import Foundation
import Logging
import Manifest
import MediaTestSupport
import Presentation
import Segmenter
import Synchronization
import Testing

@testable import Ingest

@Suite("An ingest")
struct IngestTests {
    /// A small film: 3.2 s, two versions, sound.
    private func makeFilm(in folder: String) throws -> String {
        try TestMedia.ffmpeg(
            "-f lavfi -i testsrc2=s=426x240:r=25:d=3.2 -f lavfi -i sine=r=48000:d=3.2 -ac 2 -c:v libx264 "
                + "-preset ultrafast -g 30 -c:a aac film.mp4", in: folder)
        return "\(folder)/film.mp4"
    }

    private func options(
        _ source: String, library: String, name: String? = nil, quality: QualityMeasure? = nil
    ) -> IngestOptions {
        let document = LadderDocument(entries: [.init(height: 240), .init(height: 120)])
        return IngestOptions(
            source: source, name: name, library: library,
            segmentation: SegmentationOptions(
                segmentDuration: Rational(1), preset: "ultrafast", ladder: .document(document), quality: quality),
            jobs: 2)
    }

    private func ingest(
        _ options: IngestOptions, willStore: @escaping @Sendable (SegmentKey) throws -> Void = { _ in }
    ) async throws -> IngestReport {
        try await Ingest(
            options: options, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            willStore: willStore
        )
        .run()
    }

    /// Every file below `folder` with its content.
    private func files(_ folder: String) -> [String: Data] {
        var files: [String: Data] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            files[path] = FileManager.default.contents(atPath: "\(folder)/\(path)")
        }
        return files.filter { name, _ in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    @Test("makes a library that its manifest describes")
    func result() async throws {
        try await TestMedia.withFolder { folder in
            let report = try await ingest(options(makeFilm(in: folder), library: "\(folder)/library"))
            #expect(report.outcome == .created)
            #expect(report.name == "film")
            #expect(report.madeSegments == 12 && report.keptSegments == 0)
            let root = "\(folder)/library/media/film/\(report.fingerprint)"
            #expect(report.fingerprint.wholeMatch(of: /[0-9a-f]{12}/) != nil)

            let manifest = [UInt8](try Data(contentsOf: URL(filePath: report.manifest)))
            let presentation = try MPD(parsing: manifest).presentation(at: "http://host/manifests/film.mpd")
            let tracks = presentation.switchingSets.flatMap(\.tracks)
            #expect(tracks.map(\.id) == ["v120", "v240", "a128"])
            #expect(abs(presentation.duration - 3.2) < 0.03)
            let index = try JSONDecoder().decode(
                SegmentIndex.self, from: Data(contentsOf: URL(filePath: "\(root)/segments.json")))
            for (track, indexed) in zip(tracks, index.tracks) {
                #expect(track.baseURLs == ["http://host/media/film/\(report.fingerprint)/"])
                #expect(track.id == indexed.id && track.bandwidth == indexed.bandwidth)
                #expect(track.segments.map(\.start) == indexed.segments.map(\.start))
                #expect(track.segments.map(\.duration) == indexed.segments.map(\.duration))
                for (segment, entry) in zip(track.segments, indexed.segments) {
                    let data = try Data(contentsOf: URL(filePath: "\(root)/\(segment.resource.path)"))
                    #expect(data.count == entry.bytes)
                }
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/library/.work"))
        }
    }

    @Test("does nothing when everything is there, and mends what is not")
    func again() async throws {
        try await TestMedia.withFolder { folder in
            let library = "\(folder)/library"
            let options = options(try makeFilm(in: folder), library: library)
            let first = try await ingest(options)
            let before = files(library)
            #expect(try await ingest(options).outcome == .unchanged)

            let root = "\(library)/media/film/\(first.fingerprint)"
            try FileManager.default.removeItem(atPath: "\(root)/v240/00002.m4s")
            try FileManager.default.removeItem(atPath: "\(root)/a128/00003.m4s")
            try Data("broken".utf8).write(to: URL(filePath: "\(root)/v120/00001.m4s"))
            try Data().write(to: URL(filePath: "\(root)/v120/init.mp4"))
            let second = try await ingest(options)
            #expect(second.outcome == .resumed)
            #expect(second.madeSegments == 3 + 4 || second.madeSegments == 3 || second.madeSegments == 6)
            #expect(files(library) == before)

            try FileManager.default.removeItem(atPath: second.manifest)
            #expect(try await ingest(options).outcome == .resumed)
            #expect(files(library) == before)
        }
    }

    @Test("ends with the same bytes wherever it was stopped", arguments: [0, 1, 4, 9, 13])
    func interruption(after count: Int) async throws {
        try await TestMedia.withFolder { folder in
            let film = try makeFilm(in: folder)
            _ = try await ingest(options(film, library: "\(folder)/whole"))
            let (options, library) = (options(film, library: "\(folder)/broken"), "\(folder)/broken")
            let stored = Mutex(0)
            let error = await #expect(throws: IngestError.self) {
                _ = try await ingest(options) { _ in
                    try stored.withLock {
                        guard $0 < count else { throw IngestError("cannot write", "somewhere", errno: ENOSPC) }
                        $0 += 1
                    }
                }
            }
            #expect(error?.code == .writeFailed)
            let left = files(library)
            #expect(!left.keys.contains { $0.hasSuffix(".tmp") || $0.hasSuffix(".mpd") })
            #expect(left.keys.filter { $0.hasSuffix(".m4s") || $0.hasSuffix(".mp4") }.count == count)
            // Nothing stored: nothing left at all.
            if count == 0 { #expect(!FileManager.default.fileExists(atPath: library)) }
            let report = try await ingest(options)
            #expect(report.outcome == (report.keptSegments > 0 ? .resumed : .created))
            #expect(files(library) == files("\(folder)/whole"))
        }
    }

    @Test("lists the measured quality of each video segment, wherever it was stopped", arguments: [2, 7])
    func quality(after count: Int) async throws {
        try await TestMedia.withFolder { folder in
            let film = try makeFilm(in: folder)
            let plain = try await ingest(options(film, library: "\(folder)/plain"))
            let report = try await ingest(options(film, library: "\(folder)/whole", quality: .ssim))
            #expect(report.outcome == .created && report.fingerprint != plain.fingerprint)
            #expect(report.tracks.map { $0.ssim != nil } == [true, true, false])
            let whole = files("\(folder)/whole")
            let root = "media/film/\(report.fingerprint)"
            for (name, data) in files("\(folder)/plain/media/film/\(plain.fingerprint)") where name != "segments.json" {
                #expect(whole["\(root)/\(name)"] == data)
            }
            let index = try JSONDecoder().decode(
                SegmentIndex.self, from: try #require(whole["\(root)/segments.json"]))
            for track in index.tracks {
                #expect(track.segments.allSatisfy { ($0.ssim != nil) == (track.kind == .video) })
                #expect(track.segments.allSatisfy { $0.ssim.map { $0 > 0.5 && $0 < 1 } ?? true })
            }
            let mpd = try MPD(parsing: [UInt8](try #require(whole["manifests/film.mpd"])))
            let references = try mpd.references(at: "http://host/manifests/film.mpd")
            #expect(references.measurements == [["http://host/\(root)/segments.json"]])
            let presentation = try mpd.presentation(
                at: "http://host/manifests/film.mpd", measurements: [references.measurements[0]: index])
            for (track, listed) in zip(presentation.switchingSets.flatMap(\.tracks), index.tracks) {
                #expect(track.segments.map(\.ssim) == listed.segments.map(\.ssim))
            }
            #expect(try await ingest(options(film, library: "\(folder)/whole", quality: .ssim)).outcome == .unchanged)

            // Stopped, once with a line of the journal that was cut off, it goes on and ends with the same bytes.
            let broken = options(film, library: "\(folder)/broken", quality: .ssim)
            let journal = "\(folder)/broken/.work/film-\(report.fingerprint)/quality.jsonl"
            let stored = Mutex(0)
            await #expect(throws: IngestError.self) {
                _ = try await ingest(broken) { _ in
                    try stored.withLock {
                        // Sound is stored before any picture where the machine has much to do.
                        let isEarly = count > 5 && !FileManager.default.fileExists(atPath: journal)
                        guard $0 < count || isEarly else {
                            throw IngestError("cannot write", "somewhere", errno: ENOSPC)
                        }
                        $0 += 1
                    }
                }
            }
            if count > 5 {
                let lines = try #require(FileManager.default.contents(atPath: journal))
                try lines.dropLast(9).write(to: URL(filePath: journal))
            }
            let resumed = try await ingest(broken)
            #expect(resumed.outcome == (resumed.keptSegments > 0 ? .resumed : .created))
            #expect(files("\(folder)/broken") == whole)
        }
    }

    @Test("is refused while another process makes the same")
    func lock() async throws {
        try await TestMedia.withFolder { folder in
            let options = options(try makeFilm(in: folder), library: "\(folder)/library")
            let fingerprint = try await ingest(options).fingerprint
            try FileManager.default.removeItem(atPath: "\(folder)/library")
            let work = "\(folder)/library/.work/film-\(fingerprint)"
            try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
            let file = open("\(work)/lock", O_RDWR | O_CREAT, 0o644)
            #expect(flock(file, LOCK_EX | LOCK_NB) == 0)
            let error = await #expect(throws: IngestError.self) { _ = try await ingest(options) }
            #expect(error?.code == .busy)
            // Under another name it is another presentation.
            var other = options
            other.name = "other"
            #expect(try await ingest(other).fingerprint == fingerprint)
            close(file)
            #expect(try await ingest(options).outcome == .created)
        }
    }

    @Test("keeps versions of other options apart, and switches the manifest")
    func otherOptions() async throws {
        try await TestMedia.withFolder { folder in
            var options = options(try makeFilm(in: folder), library: "\(folder)/library")
            let first = try await ingest(options)
            options.jobs = 1
            #expect(try await ingest(options).outcome == .unchanged)
            options.segmentation.rateFactor = 30
            let second = try await ingest(options)
            #expect(second.outcome == .created && second.fingerprint != first.fingerprint)
            let manifest = try String(contentsOfFile: second.manifest, encoding: .utf8)
            #expect(manifest.contains(second.fingerprint) && !manifest.contains(first.fingerprint))
            #expect(FileManager.default.fileExists(atPath: "\(folder)/library/media/film/\(first.fingerprint)"))
        }
    }

    @Test("stops when its task is cancelled, and goes on later")
    func cancellation() async throws {
        try await TestMedia.withFolder { folder in
            let options = options(try makeFilm(in: folder), library: "\(folder)/library")
            let reached = AsyncStream<Void>.makeStream()
            let task = Task {
                try await ingest(options) { key in
                    if key.number > 0 { reached.continuation.yield() }
                }
            }
            for await _ in reached.stream { break }
            task.cancel()
            // It may just have finished.
            if case .failure(let error) = await task.result { #expect(error is CancellationError) }
            let report = try await ingest(options)
            #expect(report.keptSegments > 0)
        }
    }

    @Test("leaves no trace of what cannot be ingested")
    func badInput() async throws {
        try await TestMedia.withFolder { folder in
            try Data().write(to: URL(filePath: "\(folder)/empty.mp4"))
            try Data("Words.".utf8).write(to: URL(filePath: "\(folder)/text.txt"))
            let clip = try Data(contentsOf: URL(filePath: TestMedia.sampleClip))
            try clip.prefix(300_000).write(to: URL(filePath: "\(folder)/cut.mp4"))
            let library = "\(folder)/library"
            for (source, code) in [
                ("\(folder)/nothing.mp4", IngestError.Code.noSource), (folder, .noSource),
                ("\(folder)/empty.mp4", .unusableSource), ("/dev/null", .noSource),
            ] {
                let error = await #expect(throws: IngestError.self) {
                    _ = try await ingest(options(source, library: library, name: "x"))
                }
                #expect(error?.code == code)
            }
            for source in ["text.txt", "cut.mp4"] {
                let error = await #expect(throws: SegmenterError.self) {
                    _ = try await ingest(options("\(folder)/\(source)", library: library))
                }
                #expect(error?.code == .unusableSource)
            }
            let error = await #expect(throws: IngestError.self) {
                _ = try await ingest(options(TestMedia.sampleClip, library: "\(folder)/text.txt"))
            }
            #expect(error?.code == .libraryUnavailable)
            #expect(!FileManager.default.fileExists(atPath: library))
        }
    }
}
