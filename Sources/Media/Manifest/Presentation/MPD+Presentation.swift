package import Presentation

extension MPD {
    /// What the manifest offers to a client, with every segment's time and place.
    ///
    /// Periods are joined to one timeline when their versions match (same representations, initialization and media
    /// clock); where they do not, ``Presentation/laterPeriods`` go on with others.
    /// - Parameters:
    ///   - url: where the manifest was fetched, absolute; `BaseURL`s and segments are relative to it.
    ///   - indexes: what is at ``references(at:)``. A file whose index is not among them is one segment.
    ///   - measurements: the same of segments' quality.
    /// - Throws: `unsupported` for live presentations and manifests without video or audio; `malformed` for contradictions in times; `limitExceeded`.
    package func presentation(
        at url: String, indexes: [SegmentIndexLocation: IndexedSegments] = [:],
        measurements: [[String]: SegmentIndex] = [:]
    ) throws(ManifestError) -> Presentation {
        var references = KnownReferences(indexes: indexes, measurements: measurements)
        return try presentation(at: url, &references)
    }

    /// What has to be fetched before all is known of the segments: an index for each representation that is a file with
    /// `SegmentBase@indexRange` or `RepresentationIndex`, and what adaptation sets say of their segments' quality.
    ///
    /// - Throws: as `presentation(at:indexes:measurements:)`.
    package func references(at url: String) throws(ManifestError) -> ManifestReferences {
        var references = KnownReferences()
        _ = try presentation(at: url, &references)
        return references.missing
    }

    private func presentation(
        at url: String, _ references: inout KnownReferences
    ) throws(ManifestError) -> Presentation {
        guard type == .static else {
            throw ManifestError(.unsupported, "MPD@type is dynamic: live presentations are not played")
        }
        let spans = try PeriodSpan.all(in: self)
        let documentURLs = try BaseURLChain(document: url).appending(baseURLs)
        var budget = ReadingBudget()
        var joined: [[SwitchingSet]] = []
        for (index, period) in periods.enumerated() {
            // A period of no length announces what a live service may insert; nothing in it is presented.
            if let duration = spans[index].duration, duration <= 0 { continue }
            do {
                var reader = PeriodReader(
                    period, span: spans[index], baseURLs: try documentURLs.appending(period.baseURLs), budget: budget,
                    references: references)
                let sets = try reader.switchingSets()
                budget = reader.budget
                references = reader.references
                try PeriodJoin.append(sets, startingAt: spans[index].start, to: &joined)
            } catch {
                throw ManifestError(
                    error.code, periods.count == 1 ? error.description : "Period \(index + 1): \(error.description)")
            }
        }
        guard let first = joined.first else {
            throw ManifestError(.unsupported, "no video or audio that this client could play")
        }
        let end = joined.joined().flatMap(\.tracks).compactMap { track in
            track.segments.last.map { track.seconds($0.start + $0.duration) }
        }.max()
        let span = spans[spans.count - 1]
        let duration = span.duration.map { span.start + $0 } ?? end ?? 0
        return Presentation(
            title: title, duration: duration, minBufferTime: minBufferTime ?? 0, switchingSets: first,
            laterPeriods: Array(joined.dropFirst()))
    }
}
