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
    /// Of the source, where the caller has read it and keeps the content from changing, whatever happens to the file's
    /// times; nil to read it and to fail when the file was written to meanwhile.
    package var content: ContentDigest?

    package init(
        source: String, name: String? = nil, library: String = ".",
        segmentation: SegmentationOptions = SegmentationOptions(), jobs: Int, content: ContentDigest? = nil
    ) {
        self.source = source
        self.name = name
        self.library = library
        self.segmentation = segmentation
        self.jobs = jobs
        self.content = content
    }
}
