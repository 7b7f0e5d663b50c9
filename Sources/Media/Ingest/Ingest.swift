internal import FFmpeg
internal import Foundation
package import Logging
internal import Manifest
internal import Presentation
internal import Segmenter

/// Makes a presentation in a library from a file: reads the source once, plans, encodes what is missing, and writes the
/// manifest last.
///
/// It may be stopped at any moment, by a signal or a loss of power: the same ingest then goes on where it was and ends
/// with the same bytes.
package struct Ingest: Sendable {
    private let options: IngestOptions
    private let logger: Logger
    private let willStore: @Sendable (SegmentKey) throws -> Void
    package let progress = IngestProgress()

    package init(options: IngestOptions, logger: Logger) {
        self.init(options: options, logger: logger, willStore: { _ in })
    }

    /// - Parameter willStore: called before each segment is written; what it throws counts as a failure to write.
    init(
        options: IngestOptions, logger: Logger, willStore: @escaping @Sendable (SegmentKey) throws -> Void
    ) {
        self.options = options
        self.logger = logger
        self.willStore = willStore
    }

    /// Does it all.
    /// - Throws: `IngestError` for files and names, `SegmenterError` for the media, `CancellationError` when the task is
    ///   cancelled. The manifest, if there was one, is untouched then, and finished segments stay for the next run.
    package func run() async throws -> IngestReport {
        let began = ContinuousClock.now
        FFmpegLog.forward { [logger] level, text in logger.debug("FFmpeg: \(text)", metadata: ["level": "\(level)"]) }
        var report = try await ingest()
        report.elapsedSeconds = (ContinuousClock.now - began) / .seconds(1)
        return report
    }

    private func ingest() async throws -> IngestReport {
        let source = try SourceFile(path: options.source, isKept: options.content != nil)
        let name: PresentationName
        if let given = options.name {
            name = try PresentationName(given)
        } else {
            name = try PresentationName(fileName: source.fileName)
        }
        try LibraryFiles.checkFolder(options.library)
        progress.update { $0.totalBytes = source.size }

        let (digest, plan) = try await read(source)
        let layout = LibraryLayout(
            root: options.library, name: name, fingerprint: try Fingerprint(content: digest, plan: plan))
        logger.info("planned", metadata: ["fingerprint": "\(layout.fingerprint)", "name": "\(name)"])
        for warning in plan.warnings { logger.warning("\(warning)") }
        for file in [layout.manifest, layout.segmentIndex] { try LibraryFiles.checkFile(file) }

        if let report = try await unchanged(layout, plan) { return report }
        return try await make(layout, plan, source)
    }

    /// Content and packets, at once: whichever comes first takes the bytes from the disk, the other one from memory.
    private func read(_ source: SourceFile) async throws -> (ContentDigest, SegmentationPlan) {
        let stop = StopFlag()
        let (progress, segmentation, known) = (progress, options.segmentation, options.content)
        return try await withTaskCancellationHandler {
            async let digest = WorkerThread.run("content digest") {
                if let known { return known }
                return try ContentDigest(
                    ofFile: source.path, report: { read in progress.update { $0.readBytes = read } },
                    isCancelled: { stop.isSet })
            }
            async let plan = WorkerThread.run("source probe") {
                let probed = try Source(probing: source.path, isCancelled: { stop.isSet })
                return try SegmentationPlan(source: probed, options: segmentation)
            }
            do {
                return (try await digest, try await plan)
            } catch {
                stop.set()
                throw error
            }
        } onCancel: {
            stop.set()
        }
    }

    /// The report, if nothing is to be done.
    private func unchanged(_ layout: LibraryLayout, _ plan: SegmentationPlan) async throws -> IngestReport? {
        let inventory = try await takeInventory(layout, plan, trustsUnindexed: false)
        guard isComplete(inventory, plan), let sound = inventory.sound else { return nil }
        let builder = PresentationBuilder(
            plan: plan, stored: inventory.segments, audioSegments: sound.segmentCount)
        let documents = try Documents(builder, layout)
        guard LibraryFiles.read(layout.segmentIndex) == documents.segmentIndex,
            LibraryFiles.read(layout.manifest) == documents.manifest
        else { return nil }
        return report(.unchanged, documents, layout, plan, kept: inventory.mediaSegmentCount, made: 0)
    }

    private func isComplete(_ inventory: LibraryInventory, _ plan: SegmentationPlan) -> Bool {
        guard inventory.hasAllSound(of: plan) else { return false }
        guard let video = plan.video else { return true }
        return video.tracks.allSatisfy { track in
            (0...video.segmentCount).allSatisfy { inventory.segments[SegmentKey(track: track.id, number: $0)] != nil }
        }
    }

    private func make(
        _ layout: LibraryLayout, _ plan: SegmentationPlan, _ source: SourceFile
    ) async throws -> IngestReport {
        var folders: [String] = []
        do {
            try LibraryFiles.makeFolder(layout.work, noting: &folders)
            let lock = try IngestLock(layout)
            let report = try await makeAlone(layout, plan, source, &folders)
            _ = consume lock
            return report
        } catch {
            // Only folders that this run made and left empty go: the library is as it was, or further.
            LibraryFiles.removeEmptyFolders([layout.work] + folders.reversed())
            throw error
        }
    }

    /// ``make(_:_:_:)`` while no other process makes the same.
    /// - Parameter folders: those that this run makes.
    private func makeAlone(
        _ layout: LibraryLayout, _ plan: SegmentationPlan, _ source: SourceFile, _ folders: inout [String]
    ) async throws -> IngestReport {
        var storage: SegmentStorage?
        do {
            LibraryFiles.removeFiles(in: layout.work) { $0.hasSuffix(".tmp") }
            let headers = Segmenter.initializationSegments(of: plan)
            for header in headers {
                try LibraryFiles.makeFolder(layout.track(header.key.track), noting: &folders)
            }
            try LibraryFiles.makeFolder("\(layout.root)/manifests", noting: &folders)

            let inventory = try await prepare(layout, plan, source, headers)
            let keeper = SegmentStorage(layout: layout, stored: inventory.segments, willStore: willStore)
            storage = keeper
            let (stored, outcome) = try await encode(plan, inventory, headers, keeper)
            try source.checkUnchanged()
            let sound = outcome.sound ?? inventory.sound ?? AudioOutcome(segmentCount: 0, sampleCount: 0)
            if outcome.sound != nil { try record(sound, at: layout.soundRecord) }
            progress.update { $0.stage = .finishing }
            let documents = try Documents(
                PresentationBuilder(plan: plan, stored: stored, audioSegments: sound.segmentCount), layout)
            try publish(documents, layout, tracks: headers.map(\.key.track))
            LibraryFiles.removeFiles(in: layout.work) { _ in true }
            LibraryFiles.removeEmptyFolders([layout.work, layout.allWork])
            for warning in outcome.warnings { logger.warning("\(warning)") }
            let kept = inventory.mediaSegmentCount
            var report = report(
                kept > 0 ? .resumed : .created, documents, layout, plan, kept: kept,
                made: stored.keys.count { $0.number > 0 } - kept)
            report.warnings += outcome.warnings
            return report
        } catch {
            if Self.spoilsSegments(error) { storage?.discard() }
            let isEmpty = storage?.isEmpty ?? false
            LibraryFiles.removeFiles(in: layout.work) { isEmpty || !LibraryLayout.records.contains($0) }
            guard let failure = error as? IngestError, failure.code == .writeFailed, !isEmpty else { throw error }
            throw IngestError(
                .writeFailed, "\(failure.description); finished segments are kept: the same command goes on from there")
        }
    }

    /// Whether what was made before a failure is worth nothing: the source was another one, or never makes sense.
    private static func spoilsSegments(_ error: any Error) -> Bool {
        if let error = error as? IngestError { return error.code == .unusableSource }
        guard let error = error as? SegmenterError else { return false }
        return error.code != .unreadableSource
    }

    /// Finds what earlier runs left, and removes what cannot be trusted: segments of a run that did not end, made from
    /// a file that may have been another one by then.
    private func prepare(
        _ layout: LibraryLayout, _ plan: SegmentationPlan, _ source: SourceFile, _ headers: [SegmentOutput]
    ) async throws -> LibraryInventory {
        let recorded = LibraryFiles.read(layout.sourceRecord, limit: 1 << 16)
            .flatMap { try? JSONDecoder().decode(SourceIdentity.self, from: Data($0)) }
        let isSame = recorded == source.identity
        let inventory = try await takeInventory(layout, plan, trustsUnindexed: isSame)
        guard !isSame else { return inventory }
        LibraryFiles.remove(layout.soundRecord)
        LibraryFiles.remove(layout.qualityRecord)
        if !inventory.isIndexed {
            for header in headers { LibraryFiles.removeFiles(in: layout.track(header.key.track)) { $0 != "init.mp4" } }
        }
        try record(source.identity, at: layout.sourceRecord)
        return inventory
    }

    private func takeInventory(
        _ layout: LibraryLayout, _ plan: SegmentationPlan, trustsUnindexed: Bool
    ) async throws -> LibraryInventory {
        try await WorkerThread.run("library inventory") {
            LibraryInventory(layout, plan: plan, trustsUnindexed: trustsUnindexed)
        }
    }

    /// Makes what is missing.
    /// - Returns: everything that is in the library, and what became of sound and damage.
    private func encode(
        _ plan: SegmentationPlan, _ inventory: LibraryInventory, _ headers: [SegmentOutput], _ storage: SegmentStorage
    ) async throws -> ([SegmentKey: StoredSegment], SegmentationOutcome) {
        let kept = inventory.segments
        let segmenter = Segmenter(plan: plan, jobs: options.jobs)
        announce(plan, kept, segmenter)
        do {
            for header in headers where kept[header.key] == nil { try storage.accept(header) }
            let outcome = try await segmenter.run(
                isMissing: { kept[$0] == nil }, encodesAudio: !inventory.hasAllSound(of: plan), sink: storage)
            let stored = try await WorkerThread.run("end of storage") { try storage.finish() }
            let soundSegments = (outcome.sound ?? inventory.sound)?.segmentCount ?? 0
            guard plan.video != nil || soundSegments > 0 else {
                throw SegmenterError(.unusableSource, "\(options.source): its sound cannot be decoded")
            }
            return (stored, outcome)
        } catch {
            // What is finished is worth keeping; this failure is not more important than the one that led here.
            _ = try? await WorkerThread.run("end of storage") { try storage.finish() }
            throw error
        }
    }

    private func announce(_ plan: SegmentationPlan, _ kept: [SegmentKey: StoredSegment], _ segmenter: Segmenter) {
        progress.follow(segmenter.progress)
        progress.update {
            $0.stage = .encoding
            $0.encodingStart = .now
            $0.keptSegments = kept.keys.count { $0.number > 0 }
            $0.secondsToEncode = plan.duration
            let estimate = Int((plan.duration / plan.options.segmentDuration.value).rounded(.up))
            $0.totalSegments = plan.audio == nil ? 0 : plan.video?.segmentCount ?? estimate
            guard let video = plan.video else { return }
            $0.versions = video.tracks.count
            $0.totalSegments += video.segmentCount * video.tracks.count
            var (frames, seconds) = (0, 0.0)
            for segment in 0..<video.segmentCount {
                let missing = video.tracks.count { kept[SegmentKey(track: $0.id, number: segment + 1)] == nil }
                guard missing > 0 else { continue }
                frames += missing * video.frameCount(ofSegment: segment)
                seconds += video.timeline.seconds(video.boundaries[segment + 1] - video.boundaries[segment])
            }
            ($0.framesToEncode, $0.secondsToEncode) = (frames, seconds)
        }
    }

    /// Notes for a later run which file this one reads, or that the sound is finished.
    private func record(_ fact: some Encodable, at path: String) throws {
        let bytes = try [UInt8](JSONEncoder().encode(fact))
        try LibraryFiles.write(bytes, to: path, by: path + ".tmp")
    }

    /// Writes `segments.json`, and when all files and their names are on disk, the manifest.
    private func publish(_ documents: Documents, _ layout: LibraryLayout, tracks: [String]) throws {
        try LibraryFiles.write(documents.segmentIndex, to: layout.segmentIndex, by: "\(layout.work)/segments.json.tmp")
        for track in tracks { try LibraryFiles.synchronise(folder: layout.track(track)) }
        try LibraryFiles.synchronise(folder: layout.presentation)
        try LibraryFiles.write(documents.manifest, to: layout.manifest, by: "\(layout.work)/manifest.mpd.tmp")
        try LibraryFiles.synchronise(folder: "\(layout.root)/manifests")
    }

    private func report(
        _ outcome: IngestReport.Outcome, _ documents: Documents, _ layout: LibraryLayout, _ plan: SegmentationPlan,
        kept: Int, made: Int
    ) -> IngestReport {
        IngestReport(
            outcome: outcome, name: layout.name.description, fingerprint: layout.fingerprint.description,
            manifest: layout.manifest, duration: documents.presentation.duration, madeSegments: made,
            keptSegments: kept, elapsedSeconds: 0, tracks: documents.lines, warnings: plan.warnings)
    }
}

/// The two files that describe a presentation, as bytes.
private struct Documents {
    let presentation: Presentation
    let lines: [IngestReport.Track]
    let segmentIndex: [UInt8]
    let manifest: [UInt8]

    init(_ builder: PresentationBuilder, _ layout: LibraryLayout) throws {
        presentation = builder.presentation(title: layout.name.description)
        lines = builder.lines(of: presentation)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let index = try encoder.encode(builder.segmentIndex(of: presentation))
        segmentIndex = [UInt8](index) + [UInt8(ascii: "\n")]
        manifest = [UInt8](MPD(presentation: presentation, baseURL: layout.baseURL).serialized().utf8)
    }
}
