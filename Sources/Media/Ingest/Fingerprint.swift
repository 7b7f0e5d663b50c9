internal import Crypto
package import Segmenter

/// Names one exact set of bytes: the first 12 hexadecimal digits of SHA-256 over the source's content and everything
/// that shapes what is made of it.
///
/// The versions of the encoding libraries count too: with another version the same command makes a new presentation
/// instead of mixing segments of two encoders, so that a URL never changes its bytes.
package struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// Counts changes in this package that change bytes.
    private static let edition = 2

    package init(content: ContentDigest, plan: SegmentationPlan) throws {
        let lines = ["edition \(Self.edition)", "source \(content)"] + (try plan.signature())
        let digest = SHA256.hash(data: Array(lines.joined(separator: "\n").utf8))
        description = String(ContentDigest.hexadecimal(digest).prefix(12))
    }
}
