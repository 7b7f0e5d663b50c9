import Foundation
import Ingest
import Logging
import MediaTestSupport
import Segmenter
import ServiceLifecycle
import Synchronization
import Testing

@testable import IngestQueue

@Suite("A queue of ingest jobs")
struct IngestQueueTests {
    private struct Told: Sendable {
        var job: IngestJob
        var picture: Thumbnail?
    }

    private let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func configuration(_ folder: String, jobs: Int = 1) -> IngestQueue.Configuration {
        var configuration = IngestQueue.Configuration(
            folder: folder + "/queue", library: folder + "/library", encoders: 2, logger: silent)
        configuration.segmentation.preset = "ultrafast"
        configuration.segmentation.ladder = .document(LadderDocument(entries: [.init(height: 120)]))
        configuration.jobs = jobs
        return configuration
    }

    /// Runs a queue while `body` uses it; `next` gives what the owners are told.
    private func withQueue(
        _ configuration: IngestQueue.Configuration,
        body: (IngestQueue, _ next: () async throws -> Told) async throws -> Void
    ) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Told.self)
        let queue = try IngestQueue(configuration: configuration) { job, picture in
            continuation.yield(Told(job: job, picture: picture))
        }
        let group = ServiceGroup(configuration: .init(services: [queue], logger: silent))
        async let running: Void = group.run()
        var told = stream.makeAsyncIterator()
        do {
            try await body(queue) { try #require(await told.next()) }
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }

    /// A film of `seconds`, different for each `tone`.
    private func film(_ name: String, in folder: String, tone: Int = 440, seconds: Double = 2) throws -> String {
        try TestMedia.ffmpeg(
            "-f lavfi -i testsrc2=s=320x180:r=25:d=\(seconds) -f lavfi -i sine=f=\(tone):r=48000:d=\(seconds) "
                + "-ac 2 -c:v libx264 -preset ultrafast -g 25 -c:a aac \(name)", in: folder)
        return "\(folder)/\(name)"
    }

    private func size(_ path: String) throws -> Int64 {
        Int64(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0)
    }

    @Test("makes a presentation of each file, tells of it with a picture, and of what is no film")
    func outcomes() async throws {
        try await TestMedia.withFolder { folder in
            let source = try film("holiday.mp4", in: folder)
            let text = folder + "/notes.mp4"
            try Data("no film".utf8).write(to: URL(filePath: text))
            try await withQueue(configuration(folder)) { queue, next in
                let job = try await queue.submit(source, file: "/in/holiday.mp4", size: size(source), by: "a@b.test")
                #expect(job.id == 1 && job.state == .waiting)
                // The job keeps the file, whatever becomes of its name.
                try FileManager.default.removeItem(atPath: source)
                let ready = try await next()
                #expect(ready.job.state == .ready && ready.job.name == "holiday" && ready.job.owner == "a@b.test")
                #expect(ready.job.report?.tracks.map(\.id) == ["v120", "a128"])
                #expect(FileManager.default.fileExists(atPath: folder + "/library/manifests/holiday.mpd"))
                let picture = try #require(ready.picture)
                #expect(picture.width == 320 && picture.height == 180)
                #expect(picture.jpeg.prefix(2) == [0xFF, 0xD8] && picture.jpeg.suffix(2) == [0xFF, 0xD9])

                _ = try await queue.submit(text, file: "/in/notes.mp4", size: 7, by: "a@b.test")
                let failed = try await next()
                #expect(failed.job.state == .failed && failed.picture == nil && failed.job.report == nil)
                let reason = try #require(failed.job.reason)
                #expect(reason.contains("/in/notes.mp4") && !reason.contains(folder), "\(reason)")
                #expect(try await queue.counts() == [.ready: 1, .failed: 1])
                #expect(try await queue.jobs(of: "a@b.test").map(\.job.id) == [2, 1])
                #expect(try await queue.jobs(of: "x@b.test").isEmpty)
                #expect(try await queue.job(1)?.job == ready.job)
                #expect(try await queue.job(3) == nil)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/queue/sources").isEmpty)
        }
    }

    @Test("keeps the file that is open, wherever it has gone and whatever has its name by now")
    func renamedSource() async throws {
        try await TestMedia.withFolder { folder in
            let (path, moved) = (folder + "/a.mp4", folder + "/moved.mp4")
            try Data("no film".utf8).write(to: URL(filePath: path))
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            try FileManager.default.moveItem(atPath: path, toPath: moved)
            let queue = try IngestQueue(configuration: configuration(folder)) { _, _ in }
            await #expect(throws: IngestQueueError.self) {
                try await queue.submit(path, file: "a.mp4", size: 7, by: "a@b.test")
            }
            try Data("another".utf8).write(to: URL(filePath: path))
            let job = try await queue.submit(
                path, descriptor: file.fileDescriptor, file: "a.mp4", size: 7, by: "a@b.test")
            let kept = FileManager.default.contents(atPath: "\(folder)/queue/sources/\(job.id)")
            #expect(kept == Data("no film".utf8))
        }
    }

    @Test("knows the same content again, whoever brings it under whatever name")
    func sameContent() async throws {
        try await TestMedia.withFolder { folder in
            let source = try film("film.mp4", in: folder)
            let other = try film("other.mp4", in: folder, tone: 880)
            try await withQueue(configuration(folder)) { queue, next in
                _ = try await queue.submit(source, file: "film.mp4", size: size(source), by: "a@b.test")
                let first = try await next().job
                _ = try await queue.submit(source, file: "copy.mp4", size: size(source), by: "c@b.test")
                let second = try await next().job
                // Whose else it is, is not told.
                #expect(second.state == .ready && second.sameAs == nil && second.name == "copy")
                #expect(second.report?.fingerprint == first.report?.fingerprint && second.report?.madeSegments == 0)
                let manifest = folder + "/library/manifests/copy.mpd"
                let copy = try #require(FileManager.default.contents(atPath: manifest))
                #expect(!String(decoding: copy, as: UTF8.self).contains("film"))

                // Another film of the same name does not replace somebody else's, but one's own.
                _ = try await queue.submit(other, file: "film.mp4", size: size(other), by: "c@b.test")
                #expect(try await next().job.name == "film-2")
                _ = try await queue.submit(other, file: "film.mp4", size: size(other), by: "a@b.test")
                let fourth = try await next().job
                #expect(fourth.name == "film" && fourth.sameAs == nil && fourth.report?.madeSegments == 0)
                let third = try film("third.mp4", in: folder, tone: 220)
                _ = try await queue.submit(third, file: "film.mp4", size: size(third), by: "a@b.test")
                let replaced = try await next().job
                #expect(replaced.name == "film" && replaced.sameAs == nil)
                // The other one's copy is what it was, with all of its segments.
                #expect(FileManager.default.contents(atPath: manifest) == copy)
                let media = try #require(second.report.map { "\(folder)/library/media/copy/\($0.fingerprint)" })
                let segments = try FileManager.default.subpathsOfDirectory(atPath: media)
                #expect(segments.contains("segments.json") && segments.count { $0.hasSuffix(".m4s") } > 1)
                // So is one's own under another name.
                for (file, sameAs) in [("again.mp4", nil), ("more.mp4", 6), ("again.mp4", 6)] as [(String, Int64?)] {
                    _ = try await queue.submit(source, file: file, size: size(source), by: "a@b.test")
                    let again = try await next().job
                    #expect(again.name == file.replacing(".mp4", with: "") && again.report?.madeSegments == 0)
                    #expect(again.sameAs == sameAs)
                }
                // What no manifest names any more is made anew.
                for name in ["copy", "again", "more"] {
                    try FileManager.default.removeItem(atPath: folder + "/library/manifests/\(name).mpd")
                    try FileManager.default.removeItem(atPath: folder + "/library/media/\(name)")
                }
                _ = try await queue.submit(source, file: "new.mp4", size: size(source), by: "a@b.test")
                let anew = try await next().job
                #expect(anew.sameAs == nil && anew.report?.madeSegments ?? 0 > 0)
            }
        }
    }

    @Test("does not replace what was ingested by hand")
    func foreignManifest() async throws {
        try await TestMedia.withFolder { folder in
            let source = try film("film.mp4", in: folder)
            try FileManager.default.createDirectory(
                atPath: folder + "/library/manifests", withIntermediateDirectories: true)
            try Data("<MPD/>".utf8).write(to: URL(filePath: folder + "/library/manifests/film.mpd"))
            try await withQueue(configuration(folder)) { queue, next in
                _ = try await queue.submit(source, file: "film.mp4", size: size(source), by: "a@b.test")
                #expect(try await next().job.name == "film-2")
            }
            #expect(FileManager.default.contents(atPath: folder + "/library/manifests/film.mpd") == Data("<MPD/>".utf8))
        }
    }

    @Test("makes several at once, but the same film and the same name one after the other")
    func together() async throws {
        try await TestMedia.withFolder { folder in
            let films = try (0..<3).map { try film("film\($0).mp4", in: folder, tone: 300 + 100 * $0) }
            try await withQueue(configuration(folder, jobs: 4)) { queue, next in
                for (path, file) in [
                    (films[0], "a.mp4"), (films[0], "b.mp4"), (films[1], "c.mp4"), (films[2], "c.mp4"),
                ] {
                    _ = try await queue.submit(path, file: file, size: size(path), by: "a@b.test")
                }
                var told: [IngestJob] = []
                for _ in 0..<4 { told.append(try await next().job) }
                #expect(told.allSatisfy { $0.state == .ready }, "\(told)")
                #expect(told.count { $0.sameAs != nil } == 1)
                #expect(Set(told.compactMap(\.report?.fingerprint)).count == 3)
            }
        }
    }

    @Test("goes on after a stop in the midst of it, with the segments that were finished")
    func restart() async throws {
        try await TestMedia.withFolder { folder in
            let source = try film("long.mp4", in: folder, seconds: 40)
            var slow = configuration(folder)
            slow.encoders = 1
            slow.segmentation.preset = "slower"
            try await withQueue(slow) { queue, _ in
                _ = try await queue.submit(source, file: "long.mp4", size: size(source), by: "a@b.test")
                while try await queue.job(1)?.progress ?? 0 < 0.1 { await Task.yield() }
            }
            let kept = try JobStore(path: folder + "/queue/jobs.sqlite")
            #expect(try await kept.job(1)?.state == .waiting)
            try await withQueue(slow) { _, next in
                let job = try await next().job
                #expect(job.state == .ready && job.report?.outcome == .resumed, "\(job)")
            }
        }
    }

    @Test("asks again to tell the owner what could not be told")
    func deafOwner() async throws {
        try await TestMedia.withFolder { folder in
            let source = try film("film.mp4", in: folder)
            struct Deaf: Error {}
            let asked = AsyncStream.makeStream(of: IngestJob.self)
            do {
                let queue = try IngestQueue(configuration: configuration(folder)) { job, _ in
                    asked.continuation.yield(job)
                    throw Deaf()
                }
                #expect(throws: IngestQueueError.self) {
                    try IngestQueue(configuration: configuration(folder)) { _, _ in }
                }
                let group = ServiceGroup(configuration: .init(services: [queue], logger: silent))
                async let running: Void = group.run()
                _ = try await queue.submit(source, file: "film.mp4", size: size(source), by: "a@b.test")
                for await _ in asked.stream { break }
                await group.triggerGracefulShutdown()
                try await running
            }
            try await withQueue(configuration(folder)) { _, next in
                let told = try await next()
                #expect(told.job.state == .ready && told.picture != nil)
            }
        }
    }

    @Test("fails what ended the process again and again")
    func poison() async throws {
        try await TestMedia.withFolder { folder in
            let store = try JobStore(path: folder + "/jobs.sqlite")
            _ = try await store.insert(
                "poison.mp4", size: 1, owner: "a@b.test", options: "", limit: 1, now: Date()
            ) { "source\($0)" }
            await #expect(throws: IngestQueueError.self) {
                try await store.insert("more.mp4", size: 1, owner: "", options: "", limit: 1, now: Date()) { _ in "" }
            }
            for attempt in 1...3 {
                let stored = try #require(try await store.start(now: Date()))
                #expect(stored.source == "source1" && stored.job.state == .running)
                try store.recover(limit: 3, now: Date())
                #expect(try await store.job(1)?.state == (attempt < 3 ? .waiting : .failed))
            }
            #expect(try await store.unannounced().map(\.job.id) == [1])
        }
    }

    @Test("tries again what the machine could not do, and gives up at last")
    func retries() async throws {
        try await TestMedia.withFolder { folder in
            let source = try film("film.mp4", in: folder)
            var patient = configuration(folder)
            patient.retryDelays = [0, 0]
            try await withQueue(patient) { queue, next in
                _ = try await queue.submit(source, file: "film.mp4", size: size(source), by: "a@b.test")
                let fingerprint = try #require(try await next().job.report?.fingerprint)
                // Another process is at it.
                try FileManager.default.removeItem(atPath: folder + "/library/manifests/film.mpd")
                let work = folder + "/library/.work/film-\(fingerprint)"
                try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
                let lock = open(work + "/lock", O_RDWR | O_CREAT, 0o600)
                #expect(flock(lock, LOCK_EX) == 0)
                _ = try await queue.submit(source, file: "film.mp4", size: size(source), by: "a@b.test")
                let failed = try await next().job
                #expect(failed.state == .failed && failed.reason?.contains("another process") == true)
                close(lock)
                _ = try await queue.submit(source, file: "film.mp4", size: size(source), by: "a@b.test")
                #expect(try await next().job.state == .ready)
            }
        }
    }
}
