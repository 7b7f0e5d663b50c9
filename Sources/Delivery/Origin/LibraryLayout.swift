internal import HTTPSemantics
internal import SegmentStore

/// What of a library is public, and for how long a cache may keep it.
enum LibraryLayout {
    /// The key of a request's path; nil when nothing is served there.
    static func key(_ path: URLPath) -> ObjectKey? {
        guard !path.isDirectory, path.segments.count >= 2, ["media", "manifests"].contains(path.segments[0]) else {
            return nil
        }
        return ObjectKey(segments: path.segments)
    }

    /// The Cache-Control of an object. `media/NAME/FINGERPRINT/…` never changes its bytes; a manifest is replaced when
    /// its media are; other files, such as samples, seldom change and are asked for again by their entity tag.
    static func cacheControl(_ key: ObjectKey) -> StaticString {
        let segments = key.path.split(separator: "/", maxSplits: 3)
        if segments[0] == "manifests" { return "public, max-age=2, stale-while-revalidate=10, stale-if-error=86400" }
        if segments.count == 4, isFingerprint(segments[2]) { return "public, max-age=31536000, immutable" }
        return "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"
    }

    /// Twelve hexadecimal digits in lower case: the name of a folder whose content follows from it.
    private static func isFingerprint(_ segment: Substring) -> Bool {
        segment.utf8.count == 12 && segment.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }
    }
}
