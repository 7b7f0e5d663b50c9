package import Presentation

/// One version of the content (ISO/IEC 23009-1 §5.3.5).
package struct Representation: Sendable, Hashable {
    /// Unique in its period.
    package var id: String
    /// In bits/s: the least constant rate that plays without interruption after `MPD@minBufferTime` (§5.3.5.2).
    package var bandwidth: Int
    package var common = RepresentationBase()
    package var baseURLs: [BaseURL] = []
    package var segments = SegmentInformation()

    package init(id: String, bandwidth: Int) {
        self.id = id
        self.bandwidth = bandwidth
    }
}

/// Attributes and elements that adaptation sets and representations share (ISO/IEC 23009-1 §5.3.7).
package struct RepresentationBase: Sendable, Hashable {
    package var mimeType: String?
    /// RFC 6381.
    package var codecs: String?
    /// In samples.
    package var width: Int?
    /// In samples.
    package var height: Int?
    /// Shape of a sample, as written: `1:1`.
    package var sar: String?
    /// Frames per second.
    package var frameRate: Rational?
    /// In hertz; the first where a range is given.
    package var audioSamplingRate: Int?
    /// Type of the stream access points at segment starts.
    package var startWithSAP: Int?
    /// `AudioChannelConfiguration`
    package var audioChannelConfigurations: [Descriptor] = []
    /// `EssentialProperty`: a client that does not know one ignores the element it is in (§5.8.4.8).
    package var essentialProperties: [Descriptor] = []
    /// `SupplementalProperty`: what a client that does not know it may pass over (§5.8.4.8).
    package var supplementalProperties: [Descriptor] = []

    package init() {}

    /// These attributes, completed with those of the adaptation set around.
    func inheriting(from parent: RepresentationBase) -> RepresentationBase {
        var result = self
        result.mimeType = mimeType ?? parent.mimeType
        result.codecs = codecs ?? parent.codecs
        result.width = width ?? parent.width
        result.height = height ?? parent.height
        result.sar = sar ?? parent.sar
        result.frameRate = frameRate ?? parent.frameRate
        result.audioSamplingRate = audioSamplingRate ?? parent.audioSamplingRate
        result.startWithSAP = startWithSAP ?? parent.startWithSAP
        if audioChannelConfigurations.isEmpty { result.audioChannelConfigurations = parent.audioChannelConfigurations }
        result.essentialProperties = parent.essentialProperties + essentialProperties
        result.supplementalProperties = parent.supplementalProperties + supplementalProperties
        return result
    }

    /// Channels according to the first configuration of a known scheme (ISO/IEC 23003-3 or 23091-3).
    var audioChannelCount: Int? {
        for configuration in audioChannelConfigurations {
            guard let number = configuration.value.flatMap({ Int($0) }) else { continue }
            switch configuration.scheme {
            case "urn:mpeg:dash:23003:3:audio_channel_configuration:2011": return number
            case "urn:mpeg:mpegB:cicp:ChannelConfiguration":
                // ChannelConfiguration is a code point: 7 means 7.1, eight channels.
                return [1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 9: 3, 10: 4, 11: 7, 12: 8, 13: 24, 14: 8][number]
            default: continue
            }
        }
        return nil
    }
}
