internal import Foundation

/// How a part's octets are written in the message (RFC 2045 §6).
package enum TransferEncoding: Sendable, Hashable, CustomStringConvertible {
    case sevenBit, eightBit, binary, quotedPrintable, base64
    /// Another, which nobody can undo.
    case other(String)

    /// By its name in any case; an empty one is `7bit`.
    package init(name: String) {
        self =
            switch name.lowercased() {
            case "", "7bit": .sevenBit
            case "8bit": .eightBit
            case "binary": .binary
            case "quoted-printable": .quotedPrintable
            case "base64": .base64
            case let name: .other(name)
            }
    }

    /// Its name in lower case.
    package var description: String {
        switch self {
        case .sevenBit: "7bit"
        case .eightBit: "8bit"
        case .binary: "binary"
        case .quotedPrintable: "quoted-printable"
        case .base64: "base64"
        case .other(let name): name
        }
    }

    /// Undoes the encoding, tolerantly: what makes no sense is passed over or kept.
    package func decode(_ octets: some Collection<UInt8>) -> [UInt8] {
        switch self {
        case .base64: Base64.decode(octets)
        case .quotedPrintable: QuotedPrintable.decode(octets)
        case .sevenBit, .eightBit, .binary, .other: Array(octets)
        }
    }
}

/// Base64 (RFC 2045 §6.8).
package enum Base64 {
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, letter) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            values[Int(letter)] = UInt8(value)
        }
        return values
    }()

    /// Decodes; characters outside the alphabet are passed over, and so is padding, as texts put together hold some in
    /// their midst.
    package static func decode(_ octets: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        for octet in octets {
            if octet == UInt8(ascii: "=") {
                bits = 0
                count = 0
                continue
            }
            let value = values[Int(octet)]
            guard value != 0xFF else { continue }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return result
    }

    /// One line.
    package static func encode(_ octets: some Collection<UInt8>) -> String { Data(octets).base64EncodedString() }

    /// Lines of 76 characters, each with its CR LF.
    package static func encodeLines(_ octets: some Collection<UInt8>) -> [UInt8] {
        guard !octets.isEmpty else { return [] }
        return Array(
            Data(octets).base64EncodedData(options: [
                .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
            ]))
            + [0x0D, 0x0A]
    }
}

/// Quoted-printable (RFC 2045 §6.7).
package enum QuotedPrintable {
    /// Decodes; an equals sign that nothing sensible follows stays.
    package static func decode(_ octets: some Collection<UInt8>) -> [UInt8] {
        let octets = Array(octets)
        var result: [UInt8] = []
        result.reserveCapacity(octets.count)
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            index += 1
            guard octet == UInt8(ascii: "=") else {
                if octet == 0x0D || octet == 0x0A { dropBlanks(&result, octets, before: index - 1) }
                result.append(octet)
                continue
            }
            if index + 1 < octets.count, let value = Hexadecimal.decode(octets[index], octets[index + 1]) {
                result.append(value)
                index += 2
                continue
            }
            // A soft line break; white space may have got between.
            var end = index
            while end < octets.count, octets[end] == 0x20 || octets[end] == 0x09 { end += 1 }
            if end == octets.count {
                index = end
            } else if octets[end] == 0x0A {
                index = end + 1
            } else if octets[end] == 0x0D {
                index = end + 1 < octets.count && octets[end + 1] == 0x0A ? end + 2 : end + 1
            } else {
                result.append(octet)
            }
        }
        return result
    }

    /// White space at the end of a line was added on the way (rule 3), as an encoder would have written it otherwise.
    private static func dropBlanks(_ result: inout [UInt8], _ octets: [UInt8], before end: Int) {
        var index = end
        while index > 0, octets[index - 1] == 0x20 || octets[index - 1] == 0x09, !result.isEmpty {
            index -= 1
            result.removeLast()
        }
    }

    /// Encodes text with line ends CR LF; lines get at most 76 octets.
    package static func encode(_ octets: some Collection<UInt8>) -> [UInt8] {
        let octets = Array(octets)
        var result: [UInt8] = []
        result.reserveCapacity(octets.count * 5 / 4)
        var column = 0
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            let isLineEnd = octet == 0x0D && index + 1 < octets.count && octets[index + 1] == 0x0A
            if isLineEnd {
                result += [0x0D, 0x0A]
                column = 0
                index += 2
                continue
            }
            let endsLine = index + 1 == octets.count || (octets[index + 1] == 0x0D)
            // `From ` and a lone dot at the start of a line are changed by some on the way.
            let isPlain =
                (0x21...0x7E).contains(octet) && octet != UInt8(ascii: "=")
                && !(column == 0 && (octet == UInt8(ascii: ".") || octet == UInt8(ascii: "F")))
                || ((octet == 0x20 || octet == 0x09) && !endsLine)
            let width = isPlain ? 1 : 3
            if column + width > 75 {
                result += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
                continue
            }
            if isPlain { result.append(octet) } else { result += Array("=\(Hexadecimal.encode(octet))".utf8) }
            column += width
            index += 1
        }
        return result
    }
}
