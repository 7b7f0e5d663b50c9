internal import Foundation

/// A name that is at once a folder's, a file's and a part of a URL: letters and digits of ASCII, `-`, `_` and `.`,
/// starting with a letter or digit, at most 100 characters.
package struct PresentationName: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    private static let longest = 100
    /// Folders of `media/` with another purpose.
    private static let reserved: Set<String> = ["samples"]

    /// Takes a name as given.
    /// - Throws: ``IngestError/Code/invalidName``, with a name that would do.
    package init(_ name: String) throws(IngestError) {
        let safe = Self.safe(name)
        guard safe == name, !name.isEmpty else {
            let hint = safe.isEmpty ? "" : "; \"\(safe)\" would do"
            throw IngestError(
                .invalidName,
                "the name \"\(Self.printable(name))\" cannot be part of a URL: use letters, digits, \"-\", \"_\" and \".\"\(hint)"
            )
        }
        guard !Self.reserved.contains(name.lowercased()) else {
            throw IngestError(.invalidName, "the name \"\(name)\" is taken by the library itself: choose another")
        }
        description = name
    }

    /// Makes a name from a file's: the extension goes, accents go, everything else that does not fit becomes `-`.
    /// - Throws: ``IngestError/Code/invalidName`` when nothing is left.
    package init(fileName: String) throws(IngestError) {
        let stem = fileName.dropLast(
            fileName.lastIndex(of: ".").map { dot in
                dot == fileName.startIndex ? 0 : fileName.distance(from: dot, to: fileName.endIndex)
            } ?? 0)
        let safe = Self.safe(String(stem))
        guard !safe.isEmpty else {
            throw IngestError(
                .invalidName, "no name can be made from \"\(Self.printable(fileName))\": give one with --name")
        }
        description = Self.reserved.contains(safe.lowercased()) ? safe + "-1" : safe
    }

    /// `name` with compatibility forms and accents resolved, other characters as hyphens, none of them doubled or at
    /// an end.
    private static func safe(_ name: String) -> String {
        var result = ""
        for scalar in name.decomposedStringWithCompatibilityMapping.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", ".": result.unicodeScalars.append(scalar)
            case _ where scalar.properties.generalCategory == .nonspacingMark: continue
            case _ where result.last != "-": result.append("-")
            default: continue
            }
        }
        while let first = result.first, !first.isLetter, !first.isNumber { result.removeFirst() }
        result = String(result.prefix(longest))
        while let last = result.last, last == "-" || last == "." { result.removeLast() }
        return result
    }

    /// Control characters would break the one line of an error.
    private static func printable(_ text: String) -> String {
        String(text.prefix(200).map { $0.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } ? $0 : "?" })
    }
}
