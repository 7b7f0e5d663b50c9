internal import Foundation

/// Modified UTF-7 (RFC 3501 §5.1.3): mailbox names in ASCII, on the wire for clients that have not enabled UTF-8, and as the
/// names of Maildir++ folders.
package enum ModifiedUTF7 {
    /// A name from its modified UTF-7; nil for what is not written as the one way that there is, so that no two names on
    /// the wire mean one mailbox.
    package static func decoded(_ bytes: some Collection<UInt8>) -> String? {
        var name = ""
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index = bytes.index(after: index)
            guard byte == UInt8(ascii: "&") else {
                guard (0x20...0x7E).contains(byte) else { return nil }
                name.unicodeScalars.append(Unicode.Scalar(byte))
                continue
            }
            guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "-")) else { return nil }
            if index == end {
                name.append("&")
            } else {
                guard let text = shifted(bytes[index..<end]) else { return nil }
                name += text
            }
            index = bytes.index(after: end)
        }
        return encoded(name).utf8.elementsEqual(bytes) ? name : nil
    }

    /// A name in modified UTF-7.
    package static func encoded(_ name: String) -> String {
        var text = ""
        var pending: [UInt16] = []
        func flush() {
            guard !pending.isEmpty else { return }
            let octets = pending.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            let base64 = Data(octets).base64EncodedString().replacing("/", with: ",").replacing("=", with: "")
            text += "&\(base64)-"
            pending = []
        }
        for scalar in name.unicodeScalars {
            if (0x20...0x7E).contains(scalar.value) {
                flush()
                text += scalar == "&" ? "&-" : String(scalar)
            } else {
                pending += Array(String(scalar).utf16)
            }
        }
        flush()
        return text
    }

    private static func shifted(_ bytes: some Collection<UInt8>) -> String? {
        var base64 = String(decoding: bytes, as: UTF8.self).replacing(",", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: base64), data.count.isMultiple(of: 2) else { return nil }
        let units = stride(from: 0, to: data.count, by: 2).map { UInt16(data[$0]) << 8 | UInt16(data[$0 + 1]) }
        return String(validating: units, as: UTF16.self)
    }
}
