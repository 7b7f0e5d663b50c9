import Presentation

extension MPD {
    /// Reads a manifest, tolerant of what it does not know and strict about what it uses.
    ///
    /// - Parameter bytes: an XML document in UTF-8, at most 8 MiB.
    /// - Throws: `notXML`, `malformed` or `limitExceeded`, naming the line.
    package init(parsing bytes: [UInt8]) throws(ManifestError) {
        try self.init(try XMLTreeBuilder.parse(bytes))
    }

    init(_ element: XMLElement) throws(ManifestError) {
        guard element.name == "MPD" else {
            throw ManifestError(.malformed, "the document is \(element.name), not MPD", line: element.line)
        }
        // The schema's year never changed; manifests without any namespace are in use.
        guard element.namespace == Self.namespace || element.namespace.isEmpty else {
            throw ManifestError(.malformed, "MPD in the namespace \(element.namespace)", line: element.line)
        }
        if let name = element.string("type") {
            guard let type = PresentationType(rawValue: name) else {
                throw element.malformed("type", "static or dynamic")
            }
            self.type = type
        }
        profiles = (element.string("profiles") ?? "").split(separator: ",")
            .map { $0.trimmingPrefix(while: \.isWhitespace) }.map(String.init)
        mediaPresentationDuration = try element.duration("mediaPresentationDuration")
        minBufferTime = try element.duration("minBufferTime")
        maxSegmentDuration = try element.duration("maxSegmentDuration")
        title = element.first("ProgramInformation")?.first("Title")?.text
        baseURLs = BaseURL.all(in: element)
        for child in element.children(named: "Period") {
            // A link that resolves to nothing removes the element (§5.5); other links would have to be fetched.
            if let link = child.string("xlink:href") {
                if link == "urn:mpeg:dash:resolve-to-zero:2013" { continue }
                throw ManifestError(
                    .unsupported, "Period@xlink:href: periods elsewhere are not fetched", line: child.line)
            }
            periods.append(try Period(child))
        }
        guard !periods.isEmpty else { throw ManifestError(.malformed, "MPD without a Period", line: element.line) }
    }
}

extension BaseURL {
    fileprivate static func all(in element: XMLElement) -> [BaseURL] {
        element.children(named: "BaseURL")
            .map { BaseURL($0.text, serviceLocation: $0.string("serviceLocation")) }
    }
}

extension Descriptor {
    fileprivate static func all(_ name: String, in element: XMLElement) -> [Descriptor] {
        element.children(named: name)
            .map { Descriptor(scheme: $0.string("schemeIdUri") ?? "", value: $0.string("value")) }
    }
}

extension Period {
    fileprivate init(_ element: XMLElement) throws(ManifestError) {
        id = element.string("id")
        start = try element.duration("start")
        duration = try element.duration("duration")
        baseURLs = BaseURL.all(in: element)
        segments = try SegmentInformation(element)
        for child in element.children(named: "AdaptationSet") where child.string("xlink:href") == nil {
            adaptationSets.append(try AdaptationSet(child))
        }
        var seen: Set<String> = []
        for set in element.children(named: "AdaptationSet") {
            for representation in set.children(named: "Representation") {
                guard let id = representation.string("id"), !seen.insert(id).inserted else { continue }
                throw ManifestError(
                    .malformed, "Representation@id '\(id)' is in its Period twice", line: representation.line)
            }
        }
    }
}

extension AdaptationSet {
    fileprivate init(_ element: XMLElement) throws(ManifestError) {
        id = element.string("id")
        lang = element.string("lang")
        contentType = element.string("contentType") ?? element.first("ContentComponent")?.string("contentType")
        par = element.string("par")
        maxWidth = try element.count("maxWidth")
        maxHeight = try element.count("maxHeight")
        maxFrameRate = try element.frameRate("maxFrameRate")
        segmentAlignment = element.flag("segmentAlignment")
        common = try RepresentationBase(element)
        roles = Descriptor.all("Role", in: element)
        baseURLs = BaseURL.all(in: element)
        segments = try SegmentInformation(element)
        for child in element.children(named: "Representation") { representations.append(try Representation(child)) }
    }
}

extension Representation {
    fileprivate init(_ element: XMLElement) throws(ManifestError) {
        guard let id = element.string("id"), !id.isEmpty else { throw element.malformed("id", "a name") }
        guard let bandwidth = try element.number("bandwidth", as: Int64.self), bandwidth > 0,
            bandwidth <= Self.maximumBandwidth
        else { throw element.malformed("bandwidth", "bits/s, from 1 to \(Self.maximumBandwidth)") }
        self.init(id: id, bandwidth: Int(bandwidth))
        common = try RepresentationBase(element)
        baseURLs = BaseURL.all(in: element)
        segments = try SegmentInformation(element)
    }

    /// In bits/s: more than uncompressed 16K video.
    private static var maximumBandwidth: Int64 { 1_000_000_000_000 }
}

extension RepresentationBase {
    fileprivate init(_ element: XMLElement) throws(ManifestError) {
        mimeType = element.string("mimeType")
        codecs = element.string("codecs")
        width = try element.count("width")
        height = try element.count("height")
        sar = element.string("sar")
        frameRate = try element.frameRate("frameRate")
        if let rates = element.string("audioSamplingRate") {
            guard let rate = rates.split(separator: " ").first.flatMap({ Int32($0) }), rate > 0 else {
                throw element.malformed("audioSamplingRate", "hertz")
            }
            audioSamplingRate = Int(rate)
        }
        startWithSAP = try element.count("startWithSAP")
        audioChannelConfigurations = Descriptor.all("AudioChannelConfiguration", in: element)
        essentialProperties = Descriptor.all("EssentialProperty", in: element)
        supplementalProperties = Descriptor.all("SupplementalProperty", in: element)
    }
}
