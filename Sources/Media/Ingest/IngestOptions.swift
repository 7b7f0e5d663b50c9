package import Segmenter

/// What a user asks for.
package struct IngestOptions: Sendable, Hashable {
    /// Path of the file to ingest.
    package var source: String
    /// Name of the presentation; nil to make one from the file's.
    package var name: String?
    /// Path of the library; made if it does not exist.
    package var library: String
    package var segmentation: SegmentationOptions
    /// Encoders at work at once, at least 1; does not change bytes.
    package var jobs: Int

    package init(
        source: String, name: String? = nil, library: String = ".",
        segmentation: SegmentationOptions = SegmentationOptions(), jobs: Int
    ) {
        self.source = source
        self.name = name
        self.library = library
        self.segmentation = segmentation
        self.jobs = jobs
    }
}
