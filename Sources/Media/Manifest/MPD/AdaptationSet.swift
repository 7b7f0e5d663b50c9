package import Presentation

/// Versions of the same content between which a client may switch (ISO/IEC 23009-1 §5.3.3).
package struct AdaptationSet: Sendable, Hashable {
    package var id: String?
    /// RFC 5646.
    package var lang: String?
    /// `video`, `audio`, `text` …
    package var contentType: String?
    /// Picture aspect ratio, as written: `16:9`.
    package var par: String?
    package var maxWidth: Int?
    package var maxHeight: Int?
    /// Frames per second.
    package var maxFrameRate: Rational?
    /// Segments of all representations start and end at the same times.
    package var segmentAlignment: Bool?
    /// What holds for all representations that do not say otherwise.
    package var common = RepresentationBase()
    /// `Role`
    package var roles: [Descriptor] = []
    package var baseURLs: [BaseURL] = []
    package var segments = SegmentInformation()
    package var representations: [Representation] = []

    package init() {}
}
