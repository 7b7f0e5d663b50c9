internal import HTTPSemantics
internal import SegmentStore

/// What of a library is public, and for how long a cache may keep it.
package enum LibraryLayout {
    /// The folders of a library that are public.
    package static let publicFolders: Set = ["media", "manifests"]

    /// The key of a request's path; nil when nothing is served there.
    static func key(_ path: URLPath) -> ObjectKey? {
        guard !path.isDirectory, path.segments.count >= 2, publicFolders.contains(path.segments[0]) else {
            return nil
        }
        return ObjectKey(segments: path.segments)
    }

    /// The Cache-Control of an object. `media/NAME/FINGERPRINT/…` never changes its bytes; a manifest is replaced when
    /// its media are; other files, such as samples, seldom change and are asked for again by their entity tag.
    static func cacheControl(_ key: ObjectKey) -> StaticString {
        if key.path.hasPrefix("manifests/") {
            return "public, max-age=2, stale-while-revalidate=10, stale-if-error=86400"
        }
        if fingerprint(key.path) != nil { return "public, max-age=31536000, immutable" }
        return "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"
    }

    /// The entity tag of an object. Under a fingerprint it follows from name and size, so that every copy of a segment
    /// has the same, whichever origin serves it and however it came there; elsewhere it is that of the version.
    static func entityTag(_ object: StoredObject) -> EntityTag {
        guard let fingerprint = fingerprint(object.key.path) else { return EntityTag(opaque: object.version) }
        // A tag is compared with others of the same target only (RFC 9110 §8.8.3): the rest of the name adds nothing.
        return EntityTag(opaque: "\(fingerprint)-\(String(object.size, radix: 16))")
    }

    /// The fingerprint that a path is under: `media/NAME/FINGERPRINT/…`.
    private static func fingerprint(_ path: String) -> Substring? {
        let segments = path.split(separator: "/", maxSplits: 3)
        guard segments.count == 4, segments[0] == "media", isFingerprint(segments[2]) else { return nil }
        return segments[2]
    }

    /// The track that a path is of: `media/NAME/FINGERPRINT/TRACK/…`.
    static func track(_ path: String) -> Substring? {
        guard fingerprint(path) != nil else { return nil }
        let segments = path.split(separator: "/")
        return segments.count == 5 ? segments[3] : nil
    }

    /// Twelve hexadecimal digits in lower case: the name of a folder whose content follows from it.
    private static func isFingerprint(_ segment: Substring) -> Bool {
        segment.utf8.count == 12 && segment.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }
    }
}
