internal import Foundation

/// Text without regard to case, in which other text is looked for, or which is looked for.
struct SearchText: Sendable, Hashable {
    /// In UTF-8, with an octet of value zero at the end and none before it.
    private let octets: [CChar]

    init(_ text: String) {
        var text = text
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            octets = text.withUTF8 { Self.terminated($0) { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 } }
        } else {
            // The same character may be written in several ways.
            text = text.folding(options: [.caseInsensitive], locale: nil).precomposedStringWithCanonicalMapping
            octets = text.withUTF8 { Self.terminated($0) { $0 } }
        }
    }

    private static func terminated(
        _ octets: UnsafeBufferPointer<UInt8>, _ change: (UInt8) -> UInt8
    ) -> [CChar] {
        [CChar](unsafeUninitializedCapacity: octets.count + 1) { buffer, count in
            for (index, octet) in octets.enumerated() {
                buffer[index] = CChar(bitPattern: octet == 0 ? 0x20 : change(octet))
            }
            buffer[octets.count] = 0
            count = octets.count + 1
        }
    }

    var isEmpty: Bool { octets.count == 1 }

    /// Takes no more time than reading both once.
    func contains(_ other: SearchText) -> Bool { strstr(octets, other.octets) != nil }
}
