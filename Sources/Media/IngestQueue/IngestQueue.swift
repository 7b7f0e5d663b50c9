internal import Foundation
internal import Ingest
package import Logging
package import Metrics
package import Segmenter
internal import ServiceLifecycle
internal import Synchronization

/// Ingests files that come at any time, one after the other or a few at once.
///
/// A job that was taken is on disk: it goes on after the process has ended, in whatever way, from the segments that were
/// finished. Run the queue as a service; at a graceful shutdown what runs stops where it is.
package final class IngestQueue: Service {
    /// Where a queue works, how much at once, and when it tries again.
    package struct Configuration: Sendable {
        /// Path of the folder where the queue keeps its jobs; made if it does not exist.
        package var folder: String
        /// Path of the library that presentations are made in.
        package var library: String
        package var segmentation = SegmentationOptions()
        /// Encoders at work at once in each job, at least 1.
        package var encoders: Int
        /// Jobs at work at once, at least 1.
        package var jobs = 1
        /// Jobs that may wait.
        package var waiting = 10_000
        /// Seconds after which a job that the machine could not do, as its disk was full, say, is tried again; after
        /// the last of them it fails.
        package var retryDelays: [Double] = [60, 300, 900, 3_600, 3_600, 3_600]
        /// Runs of one job that may end with the process.
        package var attempts = 3
        package var logger: Logger
        /// Where jobs that are over are counted.
        package var metrics: any MetricsFactory = NOOPMetricsHandler.instance

        package init(folder: String, library: String, encoders: Int, logger: Logger) {
            self.folder = folder
            self.library = library
            self.encoders = encoders
            self.logger = logger
        }
    }

    /// Told once of each job that is ready or has failed, with a picture if there is video; twice only if the process ends
    /// in between. It is asked again later when it throws.
    package typealias Announcement = @Sendable (IngestJob, Thumbnail?) async throws -> Void

    private let configuration: Configuration
    private let store: JobStore
    private let sources: JobSources
    private let announce: Announcement
    private let running = Mutex<[Int64: IngestProgress]>([:])
    /// When a job is due, and when to try again to tell.
    private let alarms = Mutex<(job: Date?, announcement: Date?)>((nil, nil))
    private let isStopping = Atomic(false)
    private let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let (endings, ending) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Takes the queue over, with all that waits in it.
    ///
    /// - Throws: ``IngestQueueError``: `.locked`, `.unusable`.
    package init(configuration: Configuration, announce: @escaping Announcement) throws(IngestQueueError) {
        self.configuration = configuration
        self.announce = announce
        sources = try JobSources(folder: configuration.folder)
        do {
            store = try JobStore(path: configuration.folder + "/jobs.sqlite")
            try store.recover(limit: configuration.attempts, now: Date())
            sources.sweep(keeping: try store.live())
        } catch {
            throw IngestQueueError(.unusable, "the ingest jobs in \(configuration.folder) cannot be used: \(error)")
        }
    }

    // MARK: What comes, and looking at it

    /// Takes a file that is whole and on disk. When this returns the job is on disk too.
    ///
    /// The file may get another name or none at any time; what has its name later is another file.
    ///
    /// - Parameters:
    ///   - location: its path.
    ///   - descriptor: of the file, open until this returns, where the path may lead to another file by now.
    ///   - file: what its owner calls it.
    ///   - size: in bytes.
    ///   - owner: who is told of the outcome.
    /// - Throws: ``IngestQueueError``: `.full`, `.unusable`.
    package func submit(
        _ location: String, descriptor: Int32? = nil, file: String, size: Int64, by owner: String
    ) async throws -> IngestJob {
        do {
            let job = try await store.insert(
                file, size: size, owner: owner, options: String(describing: configuration.segmentation),
                limit: configuration.waiting, now: Date()
            ) { [sources] id in try sources.keep(location, descriptor, for: id) }
            wake.yield()
            return job
        } catch let error as IngestQueueError {
            throw error
        } catch {
            throw IngestQueueError(.unusable, "the ingest job cannot be written: \(error)")
        }
    }

    /// The newest jobs first.
    ///
    /// - Parameters:
    ///   - owner: whose; nil for everybody's.
    ///   - limit: how many at most.
    package func jobs(of owner: String? = nil, limit: Int = 1_000) async throws -> [IngestJobStatus] {
        try await store.jobs(of: owner, limit: limit).map(status)
    }

    /// Nil when there is no such job.
    package func job(_ id: Int64) async throws -> IngestJobStatus? {
        try await store.job(id).map(status)
    }

    /// How many jobs there are in each state.
    package func counts() async throws -> [IngestJob.State: Int] { try await store.counts() }

    private func status(_ job: IngestJob) -> IngestJobStatus {
        let progress = running.withLock { $0[job.id] }?.snapshot.fraction
        return IngestJobStatus(job: job, progress: job.state == .running ? progress ?? 0 : nil)
    }

    // MARK: Work

    package func run() async throws {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask {
                try? await gracefulShutdown()
                self.isStopping.store(true, ordering: .releasing)
                self.wake.finish()
                self.ending.finish()
            }
            tasks.addTask { await self.watch() }
            wake.yield()
            ending.yield()
            await withDiscardingTaskGroup { jobs in
                jobs.addTask { await self.tell() }
                for await _ in wakes {
                    while let job = await next() { jobs.addTask { await self.work(on: job) } }
                }
            }
            tasks.cancelAll()
        }
        // The lock goes with the queue.
        sources.release()
    }

    /// Wakes those who wait for a time.
    private func watch() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let now = Date()
            let (isDue, isToTell) = alarms.withLock { alarms in
                let due = (alarms.job.map { $0 <= now } ?? false, alarms.announcement.map { $0 <= now } ?? false)
                if due.0 { alarms.job = nil }
                if due.1 { alarms.announcement = nil }
                return due
            }
            if isDue { wake.yield() }
            if isToTell { ending.yield() }
        }
    }

    /// A job to begin now; nil when none is due, or enough run.
    private func next() async -> Stored? {
        guard !isStopping.load(ordering: .acquiring), running.withLock({ $0.count }) < configuration.jobs else {
            return nil
        }
        do {
            if let stored = try await store.start(now: Date()) {
                running.withLock { $0[stored.job.id] = IngestProgress() }
                return stored
            }
            let due = try await store.nextDue()
            alarms.withLock { $0.job = due }
        } catch {
            configuration.logger.error("the ingest jobs cannot be read", metadata: ["error": "\(error)"])
            alarms.withLock { $0.job = Date().addingTimeInterval(10) }
        }
        return nil
    }

    private func work(on stored: Stored) async {
        var logger = configuration.logger
        logger[metadataKey: "job"] = "\(stored.job.id)"
        do {
            try await settle(stored, try await outcome(of: stored, logger), logger)
        } catch {
            // It still counts as running, and goes on when the process starts anew.
            logger.error("an ingest job cannot be written", metadata: ["error": "\(error)"])
        }
        running.withLock { $0[stored.job.id] = nil }
        wake.yield()
    }

    private static let counter = "headwater_ingest_jobs_total"
    /// What the metrics mean, for a registry that tells.
    package static let metricsHelp = [counter: "Ingest jobs that are over, by outcome."]

    /// What came of a run.
    private enum Outcome {
        case over(IngestJob)
        /// - Parameter reason: nil when the job only waits for another one.
        case later(Date, reason: String?)
    }

    private func settle(_ stored: Stored, _ outcome: Outcome, _ logger: Logger) async throws {
        switch outcome {
        case .over(let job):
            try await store.end(job)
            ending.yield()
            Counter(
                label: Self.counter, dimensions: [("outcome", job.state.rawValue)], factory: configuration.metrics
            ).increment()
            logger.notice(
                "an ingest job is \(job.state.rawValue)",
                metadata: ["name": "\(job.name ?? "")", "reason": "\(job.reason ?? "")"])
        case .later(let due, let reason):
            try await store.postpone(stored.job.id, until: due, reason: reason, isRetry: reason != nil)
            if let reason { logger.warning("an ingest job waits", metadata: ["reason": "\(reason)"]) }
        }
    }

    private func outcome(of stored: Stored, _ logger: Logger) async throws -> Outcome {
        var job = stored.job
        // When the other job has ended, if that is earlier.
        let soon = Date().addingTimeInterval(5)
        do {
            let content = try await digest(of: stored)
            job.content = content.description
            switch try await store.setContent(content.description, of: stored) {
            case .underway: return .later(soon, reason: nil)
            case .known(let earlier):
                guard let name = try await claimName(for: job) else { return .later(soon, reason: nil) }
                job.name = name
                let kept = earlier.filter(isInLibrary)
                // Under its own name, so that it stays what it is whatever becomes of the other one.
                if let report = kept.first?.report { adopt(report, as: name, logger) }
                job.report = try await ingest(stored, content, name, logger)
                // Whose it is besides is nobody's business.
                if job.report?.madeSegments == 0 { job.sameAs = kept.last { $0.owner == job.owner }?.id }
            case .new:
                guard let name = try await claimName(for: job) else { return .later(soon, reason: nil) }
                job.name = name
                job.report = try await ingest(stored, content, name, logger)
            }
            job.state = .ready
        } catch is CancellationError {
            return .later(.distantPast, reason: nil)
        } catch {
            if isTemporary(error), stored.retries < configuration.retryDelays.count {
                return .later(Date().addingTimeInterval(configuration.retryDelays[stored.retries]), reason: "\(error)")
            }
            job.state = .failed
            // The path on this machine says nothing to the owner.
            job.reason = "\(error)".replacing(stored.source, with: job.file)
        }
        job.ended = Date()
        return .over(job)
    }

    private func digest(of stored: Stored) async throws -> ContentDigest {
        let stop = StopFlag()
        return try await cancelWhenGracefulShutdown {
            try await withTaskCancellationHandler {
                try await WorkerThread.run("content digest") {
                    try ContentDigest(ofFile: stored.source, isCancelled: { stop.isSet })
                }
            } onCancel: {
                stop.set()
            }
        }
    }

    private func ingest(
        _ stored: Stored, _ content: ContentDigest, _ name: String, _ logger: Logger
    ) async throws -> IngestReport {
        let ingest = Ingest(
            options: IngestOptions(
                source: stored.source, name: name, library: configuration.library,
                segmentation: configuration.segmentation, jobs: configuration.encoders, content: content),
            logger: logger)
        running.withLock { $0[stored.job.id] = ingest.progress }
        return try await cancelWhenGracefulShutdown { try await ingest.run() }
    }

    /// Whether trying again may help.
    private func isTemporary(_ error: any Error) -> Bool {
        guard let error = error as? IngestError else { return false }
        return error.code == .writeFailed || error.code == .busy
    }

    // MARK: Names

    /// The name of the file, or the first of those with a number behind it that is nobody else's.
    private func claimName(for job: IngestJob) async throws -> String? {
        let fileName = job.file.split(separator: "/").last.map(String.init) ?? job.file
        let base = (try? PresentationName(fileName: fileName))?.description ?? "upload-\(job.id)"
        let names = [base] + (2...999).map { "\(base.prefix(90))-\($0)" }
        return try await store.claim(names, for: job) { [library = configuration.library] name in
            FileManager.default.fileExists(atPath: "\(library)/manifests/\(name).mpd")
        }
    }

    /// Gives segments that were made a place under another name, too: the ingest that follows finds nothing to make.
    /// Where that cannot be they are made anew.
    private func adopt(_ report: IngestReport, as name: String, _ logger: Logger) {
        guard report.name != name else { return }
        do {
            try MediaLinks.link(
                "\(configuration.library)/media/\(report.name)/\(report.fingerprint)",
                as: "\(configuration.library)/media/\(name)/\(report.fingerprint)")
        } catch {
            logger.info("segments are made anew", metadata: ["reason": "\(error)"])
        }
    }

    /// Whether what a job made is still what its manifest names.
    private func isInLibrary(_ job: IngestJob) -> Bool {
        guard let report = job.report,
            let manifest = FileManager.default.contents(
                atPath: "\(configuration.library)/manifests/\(report.name).mpd")
        else { return false }
        return String(decoding: manifest, as: UTF8.self).contains("media/\(report.name)/\(report.fingerprint)/")
    }

    // MARK: Telling

    private func tell() async {
        for await _ in endings {
            do {
                for stored in try await store.unannounced() {
                    let picture = try? await WorkerThread.run("thumbnail") { try Thumbnail(of: stored.source) }
                    try await announce(stored.job, picture)
                    try await store.setAnnounced(stored.job.id)
                    sources.forget(stored.job.id)
                }
            } catch {
                configuration.logger.error(
                    "the outcome of an ingest job cannot be told", metadata: ["error": "\(error)"])
                alarms.withLock { $0.announcement = Date().addingTimeInterval(60) }
            }
        }
    }
}
