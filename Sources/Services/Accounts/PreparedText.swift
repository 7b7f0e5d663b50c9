internal import Foundation

/// User names and passwords as both sides of a log-in must see them: SASLprep (RFC 4013), without its rules for text that
/// runs from right to left.
enum PreparedText {
    /// Octets that a password may have when it is prepared.
    static let maximumLength = 1024

    /// `text` in its one form; nil when it is empty, too long, or has characters that nobody can type.
    static func prepare(_ text: String) -> String? {
        guard !text.isEmpty, text.utf8.count <= 4 * maximumLength else { return nil }
        var mapped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .spaceSeparator: mapped.append(" ")
            case .control, .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: return nil
            default: if !isMappedToNothing(scalar) { mapped.append(scalar) }
            }
        }
        let prepared = String(mapped).precomposedStringWithCompatibilityMapping
        return prepared.isEmpty || prepared.utf8.count > maximumLength ? nil : prepared
    }

    /// RFC 3454 table B.1.
    private static func isMappedToNothing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x34F, 0x1806, 0x180B...0x180D, 0x200B...0x200D, 0x2060, 0xFE00...0xFE0F, 0xFEFF: true
        default: false
        }
    }
}
