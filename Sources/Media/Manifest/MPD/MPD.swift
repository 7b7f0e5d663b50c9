/// A media presentation description (ISO/IEC 23009-1 §5.3.1): the part of it that a client for stored media needs.
///
/// What the model does not know is ignored in reading, so that later editions can be read. Properties are named as the attributes and
/// elements are; nil means "absent".
package struct MPD: Sendable, Hashable {
    /// `@type`
    package enum PresentationType: String, Sendable, Hashable {
        case `static`
        case dynamic
    }

    package var type: PresentationType = .static
    /// `@profiles`, URNs.
    package var profiles: [String] = []
    /// In seconds.
    package var mediaPresentationDuration: Double?
    /// In seconds; required by the standard, yet missing in some manifests.
    package var minBufferTime: Double?
    /// In seconds.
    package var maxSegmentDuration: Double?
    /// `ProgramInformation/Title`
    package var title: String?
    package var baseURLs: [BaseURL] = []
    /// Never empty in an MPD that was read.
    package var periods: [Period] = []

    package init() {}

    /// The namespace of every edition.
    static let namespace = "urn:mpeg:dash:schema:mpd:2011"
}

/// `BaseURL` (§5.6): a location that references inside the same element are resolved against. Several stand for
/// alternatives.
package struct BaseURL: Sendable, Hashable {
    /// A URI reference.
    package var url: String
    /// `@serviceLocation`: the name of the server or network behind it.
    package var serviceLocation: String?

    package init(_ url: String, serviceLocation: String? = nil) {
        self.url = url
        self.serviceLocation = serviceLocation
    }
}

/// A scheme and a value in it (§5.8.2): the type of many elements.
package struct Descriptor: Sendable, Hashable {
    /// `@schemeIdUri`
    package var scheme: String
    package var value: String?

    package init(scheme: String, value: String? = nil) {
        self.scheme = scheme
        self.value = value
    }
}
