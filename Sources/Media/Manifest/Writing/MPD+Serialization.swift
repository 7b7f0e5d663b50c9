import Presentation

extension MPD {
    /// The manifest as an indented XML document; the same model gives the same bytes. Elements are in the order that
    /// the schema (ISO/IEC 23009-1 Annex B) prescribes.
    package func serialized() -> String {
        var writer = XMLWriter()
        writer.element(
            "MPD",
            [
                ("xmlns", Self.namespace),
                ("profiles", profiles.isEmpty ? nil : profiles.joined(separator: ",")),
                ("type", type.rawValue),
                ("mediaPresentationDuration", mediaPresentationDuration.map(XMLDuration.text)),
                ("minBufferTime", minBufferTime.map(XMLDuration.text)),
                ("maxSegmentDuration", maxSegmentDuration.map(XMLDuration.text)),
            ]
        ) { writer in
            if let title {
                writer.element("ProgramInformation") { $0.element("Title", text: title) }
            }
            for baseURL in baseURLs { baseURL.write(to: &writer) }
            for period in periods { period.write(to: &writer) }
        }
        return writer.text
    }
}

extension BaseURL {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("BaseURL", [("serviceLocation", serviceLocation)], text: url)
    }
}

extension Descriptor {
    fileprivate func write(_ name: String, to writer: inout XMLWriter) {
        writer.element(name, [("schemeIdUri", scheme), ("value", value)])
    }
}

extension Period {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element(
            "Period",
            [("id", id), ("start", start.map(XMLDuration.text)), ("duration", duration.map(XMLDuration.text))]
        ) { writer in
            for baseURL in baseURLs { baseURL.write(to: &writer) }
            segments.write(to: &writer)
            for adaptationSet in adaptationSets { adaptationSet.write(to: &writer) }
        }
    }
}

extension AdaptationSet {
    fileprivate func write(to writer: inout XMLWriter) {
        var attributes: [(String, String?)] = [("id", id), ("contentType", contentType), ("lang", lang)]
        attributes += [
            ("segmentAlignment", segmentAlignment.map(String.init)), ("par", par),
            ("maxWidth", maxWidth.map(String.init)), ("maxHeight", maxHeight.map(String.init)),
            ("maxFrameRate", maxFrameRate?.description),
        ]
        writer.element("AdaptationSet", attributes + common.attributes) { writer in
            common.writeChildren(to: &writer)
            for role in roles { role.write("Role", to: &writer) }
            for baseURL in baseURLs { baseURL.write(to: &writer) }
            segments.write(to: &writer)
            for representation in representations { representation.write(to: &writer) }
        }
    }
}

extension Representation {
    fileprivate func write(to writer: inout XMLWriter) {
        let attributes: [(String, String?)] = [("id", id), ("bandwidth", String(bandwidth))]
        writer.element("Representation", attributes + common.attributes) { writer in
            common.writeChildren(to: &writer)
            for baseURL in baseURLs { baseURL.write(to: &writer) }
            segments.write(to: &writer)
        }
    }
}

extension RepresentationBase {
    fileprivate var attributes: [(String, String?)] {
        [
            ("mimeType", mimeType), ("codecs", codecs), ("width", width.map(String.init)),
            ("height", height.map(String.init)), ("sar", sar), ("frameRate", frameRate?.description),
            ("audioSamplingRate", audioSamplingRate.map(String.init)),
            ("startWithSAP", startWithSAP.map(String.init)),
        ]
    }

    fileprivate func writeChildren(to writer: inout XMLWriter) {
        for configuration in audioChannelConfigurations {
            configuration.write("AudioChannelConfiguration", to: &writer)
        }
        for property in essentialProperties { property.write("EssentialProperty", to: &writer) }
        for property in supplementalProperties { property.write("SupplementalProperty", to: &writer) }
    }
}

extension SegmentInformation {
    fileprivate func write(to writer: inout XMLWriter) {
        if let base {
            writer.element("SegmentBase", base.attributes) { base.writeChildren(to: &$0) }
        }
        if let list {
            writer.element("SegmentList", list.common.attributes) { writer in
                list.common.writeChildren(to: &writer)
                for segment in list.segmentURLs {
                    writer.element("SegmentURL", [("media", segment.url), ("mediaRange", segment.range?.httpText)])
                }
            }
        }
        if let template {
            let attributes = template.common.attributes
            writer.element(
                "SegmentTemplate",
                attributes + [("initialization", template.initialization), ("media", template.media)]
            ) { template.common.writeChildren(to: &$0) }
        }
    }
}

extension SegmentBase {
    fileprivate var attributes: [(String, String?)] {
        [
            ("timescale", timescale.map { String($0) }),
            ("presentationTimeOffset", presentationTimeOffset.map { String($0) }),
            ("indexRange", indexRange?.httpText),
        ]
    }

    fileprivate func writeChildren(to writer: inout XMLWriter) {
        for (name, part) in [("Initialization", initialization), ("RepresentationIndex", representationIndex)] {
            guard let part else { continue }
            writer.element(name, [("sourceURL", part.url), ("range", part.range?.httpText)])
        }
    }
}

extension MultipleSegmentBase {
    fileprivate var attributes: [(String, String?)] {
        base.attributes + [
            ("duration", duration.map { String($0) }), ("startNumber", startNumber.map { String($0) }),
            ("endNumber", endNumber.map { String($0) }),
        ]
    }

    fileprivate func writeChildren(to writer: inout XMLWriter) {
        base.writeChildren(to: &writer)
        guard let timeline else { return }
        writer.element("SegmentTimeline") { writer in
            for run in timeline.runs {
                writer.element(
                    "S",
                    [
                        ("t", run.time.map { String($0) }), ("d", String(run.duration)),
                        ("r", run.repeatCount == 0 ? nil : String(run.repeatCount)),
                    ])
            }
        }
    }
}

extension ClosedRange<Int64> {
    /// `0-99`
    fileprivate var httpText: String { "\(lowerBound)-\(upperBound)" }
}
