/// The name of an object in a store: a relative path of one or more segments, written with slashes.
package struct ObjectKey: Sendable, Hashable, CustomStringConvertible {
    /// The path, such as `media/NAME/FINGERPRINT/v720/00001.m4s`.
    package let path: String

    /// Bytes of a path beyond which no file system here has a name for it.
    private static let maximumLength = 4000

    /// A key from its segments; nil when there is none, when one is empty or hidden (its first character is a dot,
    /// which `.` and `..` have too), holds a slash or a NUL, or when it is too long for a file name.
    package init?(segments: some Collection<String>) {
        guard !segments.isEmpty else { return nil }
        for segment in segments {
            guard let first = segment.utf8.first, first != UInt8(ascii: "."), segment.utf8.count <= 255,
                segment.utf8.allSatisfy({ $0 != 0 && $0 != UInt8(ascii: "/") })
            else { return nil }
        }
        path = segments.joined(separator: "/")
        guard path.utf8.count <= Self.maximumLength else { return nil }
    }

    package var description: String { path }
}
