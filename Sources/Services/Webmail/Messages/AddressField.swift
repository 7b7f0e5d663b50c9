internal import Foundation
internal import Mail

/// What people type into a field of addresses.
struct AddressField: Sendable {
    private(set) var addresses: [NamedAddress] = []
    /// What stands between two commas and is no address.
    private(set) var problems: [String] = []

    /// - Parameter text: addresses, with names or without, and commas or semicolons between them.
    init(_ text: String) {
        for piece in Self.pieces(text) {
            if let address = NamedAddress(piece), !address.address.domain.isEmpty {
                addresses.append(address)
            } else {
                problems.append(String(piece.prefix(100)))
            }
        }
    }

    /// What stands between commas that are not within quotation marks or brackets.
    private static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var isQuoted = false
        var depth = 0
        func finish() {
            let trimmed = piece.trimmingCharacters(in: .whitespacesAndNewlines)
            if !trimmed.isEmpty { pieces.append(trimmed) }
            piece = ""
        }
        for scalar in text.unicodeScalars.prefix(100_000) {
            switch scalar {
            case "\"": isQuoted.toggle()
            case "<" where !isQuoted: depth += 1
            case ">" where !isQuoted: depth = max(0, depth - 1)
            case ",", ";":
                if !isQuoted, depth == 0 {
                    finish()
                    continue
                }
            default: break
            }
            piece.unicodeScalars.append(scalar)
        }
        finish()
        return pieces
    }
}
