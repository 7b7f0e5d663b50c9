/// A URL with identifiers between dollar signs (ISO/IEC 23009-1 §5.3.9.4.4).
struct TemplatePattern: Sendable, Hashable {
    enum Identifier: String, Sendable {
        case representationID = "RepresentationID"
        case bandwidth = "Bandwidth"
        case number = "Number"
        case time = "Time"
    }

    private enum Part: Sendable, Hashable {
        case literal(String)
        case identifier(Identifier, minimumWidth: Int)
    }

    private let parts: [Part]

    /// In bytes: what servers accept as a URL (RFC 9112 §3 asks for 8000 at least).
    private static let maximumLength = 8192

    /// - Throws: `malformed` for an unknown identifier, a width that is none, or a dollar sign without its partner;
    ///   `limitExceeded` for a pattern that no server would accept.
    init(_ pattern: String) throws(ManifestError) {
        guard pattern.utf8.count <= Self.maximumLength else {
            throw ManifestError(.limitExceeded, "a template of more than \(Self.maximumLength) bytes")
        }
        let pieces = pattern.split(separator: "$", omittingEmptySubsequences: false)
        guard pieces.count % 2 == 1 else {
            throw ManifestError(.malformed, "the template '\(pattern)' has a $ without its partner")
        }
        var parts: [Part] = []
        for (index, piece) in pieces.enumerated() {
            if index % 2 == 0 {
                if !piece.isEmpty { parts.append(.literal(String(piece))) }
            } else if piece.isEmpty {
                parts.append(.literal("$"))
            } else {
                parts.append(try Self.parse(piece, in: pattern))
            }
        }
        self.parts = parts
    }

    /// `Number%05d`: a name and an optional width.
    private static func parse(_ piece: Substring, in pattern: String) throws(ManifestError) -> Part {
        let halves = piece.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let identifier = Identifier(rawValue: String(halves[0])) else {
            throw ManifestError(.malformed, "the template '\(pattern)' has an unknown identifier $\(piece)$")
        }
        guard halves.count == 2 else { return .identifier(identifier, minimumWidth: 1) }
        let format = halves[1]
        guard identifier != .representationID, format.hasPrefix("0"), format.hasSuffix("d"), format.count <= 4,
            let width = Int(format.dropFirst().dropLast()), (1...20).contains(width)
        else {
            throw ManifestError(.malformed, "the template '\(pattern)' has a format %\(format) that is not %0WIDTHd")
        }
        return .identifier(identifier, minimumWidth: width)
    }

    func uses(_ identifier: Identifier) -> Bool {
        parts.contains { if case .identifier(identifier, _) = $0 { true } else { false } }
    }

    func expanded(representationID: String, bandwidth: Int, number: UInt64 = 0, time: UInt64 = 0) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .literal(let text): result += text
            case .identifier(let identifier, let width):
                let value =
                    switch identifier {
                    case .representationID: representationID
                    case .bandwidth: String(bandwidth)
                    case .number: String(number)
                    case .time: String(time)
                    }
                if identifier != .representationID, value.utf8.count < width {
                    result += String(repeating: "0", count: width - value.utf8.count)
                }
                result += value
            }
        }
        return result
    }
}
