/// A stretch of time in which the set of versions does not change (ISO/IEC 23009-1 §5.3.2).
package struct Period: Sendable, Hashable {
    package var id: String?
    /// In seconds; nil for "when the period before ends".
    package var start: Double?
    /// In seconds.
    package var duration: Double?
    package var baseURLs: [BaseURL] = []
    package var segments = SegmentInformation()
    package var adaptationSets: [AdaptationSet] = []

    package init() {}
}
