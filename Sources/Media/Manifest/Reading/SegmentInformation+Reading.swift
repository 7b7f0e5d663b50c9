extension SegmentInformation {
    /// What is directly inside `element`, a period, adaptation set or representation.
    init(_ element: XMLElement) throws(ManifestError) {
        self.init()
        if let child = element.first("SegmentBase") { base = try SegmentBase(child) }
        if let child = element.first("SegmentList") { list = try SegmentList(child) }
        if let child = element.first("SegmentTemplate") { template = try SegmentTemplate(child) }
    }
}

extension SegmentBase {
    init(_ element: XMLElement) throws(ManifestError) {
        timescale = try element.number("timescale")
        if timescale == 0 { throw element.malformed("timescale", "above 0") }
        presentationTimeOffset = try element.number("presentationTimeOffset")
        if let offset = presentationTimeOffset, offset > MultipleSegmentBase.maximumTime {
            throw element.malformed("presentationTimeOffset", "at most \(MultipleSegmentBase.maximumTime)")
        }
        indexRange = try element.byteRange("indexRange")
        initialization = try element.urlRange("Initialization")
        representationIndex = try element.urlRange("RepresentationIndex")
    }
}

extension MultipleSegmentBase {
    /// In ticks. Sums of some times up to this cannot overflow; at 90 kHz it is 400,000 years.
    static let maximumTime: UInt64 = 1 << 60

    fileprivate init(_ element: XMLElement) throws(ManifestError) {
        base = try SegmentBase(element)
        duration = try element.number("duration")
        if let duration, !(1...Self.maximumTime).contains(duration) { throw element.malformed("duration", "above 0") }
        startNumber = try element.number("startNumber", as: UInt32.self).map(UInt64.init)
        endNumber = try element.number("endNumber", as: UInt32.self).map(UInt64.init)
        guard let child = element.first("SegmentTimeline") else { return }
        guard duration == nil else {
            throw ManifestError(
                .malformed, "\(element.name) has both @duration and a SegmentTimeline", line: element.line)
        }
        timeline = try SegmentTimeline(child)
    }
}

extension SegmentTemplate {
    fileprivate init(_ element: XMLElement) throws(ManifestError) {
        common = try MultipleSegmentBase(element)
        media = element.string("media")
        initialization = element.string("initialization")
        for attribute in ["media", "initialization"] {
            guard let text = element.string(attribute) else { continue }
            do {
                _ = try TemplatePattern(text)
            } catch {
                throw ManifestError(error.code, error.description, line: element.line)
            }
        }
    }
}

extension SegmentList {
    fileprivate init(_ element: XMLElement) throws(ManifestError) {
        common = try MultipleSegmentBase(element)
        for child in element.children(named: "SegmentURL") {
            segmentURLs.append(URLRange(url: child.string("media"), range: try child.byteRange("mediaRange")))
        }
    }
}

extension SegmentTimeline {
    fileprivate init(_ element: XMLElement) throws(ManifestError) {
        runs = []
        for child in element.children(named: "S") {
            guard let duration = try child.number("d", as: UInt64.self), duration > 0,
                duration <= MultipleSegmentBase.maximumTime
            else { throw child.malformed("d", "ticks above 0") }
            let time = try child.number("t", as: UInt64.self)
            if let time, time > MultipleSegmentBase.maximumTime { throw child.malformed("t", "a time in ticks") }
            if let sequence = child.string("k"), sequence != "1" {
                throw ManifestError(.unsupported, "S@k: segment sequences are not played", line: child.line)
            }
            runs.append(Run(time: time, duration: duration, repeatCount: try child.repeatCount()))
        }
        guard !runs.isEmpty else {
            throw ManifestError(.malformed, "SegmentTimeline without S", line: element.line)
        }
    }
}

extension XMLElement {
    /// The child of URLType (§5.3.9.2.2) that is called `name`; nil where there is none.
    fileprivate func urlRange(_ name: String) throws(ManifestError) -> URLRange? {
        guard let child = first(name) else { return nil }
        return URLRange(url: child.string("sourceURL"), range: try child.byteRange("range"))
    }

    /// `S@r` (§5.3.9.6.2): −1 or more.
    fileprivate func repeatCount() throws(ManifestError) -> Int {
        guard let text = string("r") else { return 0 }
        guard let count = Int(text), count >= -1, count <= Int32.max else {
            throw malformed("r", "-1, 0 or a number of repetitions")
        }
        return count
    }
}
