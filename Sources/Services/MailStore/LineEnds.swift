internal import Foundation
package import NIOCore

/// Completes lines: an LF that stands alone gets its CR, as lines of mail end with both (RFC 5322 §2.3). Nothing else changes.
package struct LineEnds: Sendable {
    private var endsWithCR = false

    package init() {}

    /// - Parameter octets: what comes next of the text.
    /// - Returns: the same with whole line ends.
    package mutating func complete(_ octets: ByteBuffer) -> ByteBuffer {
        octets.withUnsafeReadableBytes { complete($0) } ?? octets
    }

    /// - Returns: nil where nothing is missing.
    mutating func complete(_ octets: UnsafeRawBufferPointer) -> ByteBuffer? {
        guard let last = octets.last else { return nil }
        var completed: ByteBuffer?
        // What lies before it is written.
        var written = 0
        var index = 0
        while let end = Self.bareLF(octets, from: index, afterCR: endsWithCR) {
            completed = completed ?? ByteBuffer()
            completed?.writeBytes(octets[written..<end])
            completed?.writeInteger(UInt8(0x0D))
            (written, index) = (end, end + 1)
        }
        endsWithCR = last == 0x0D
        completed?.writeBytes(octets[written...])
        return completed
    }

    /// Whether there is an LF that stands alone.
    static func areIncomplete(_ octets: UnsafeRawBufferPointer) -> Bool {
        bareLF(octets, from: 0, afterCR: false) != nil
    }

    private static func bareLF(_ octets: UnsafeRawBufferPointer, from start: Int, afterCR: Bool) -> Int? {
        guard let base = octets.baseAddress else { return nil }
        var index = start
        // The memory that memchr looks into is that of `octets`, from `index` to its end.
        while index < octets.count, let found = memchr(base + index, 0x0A, octets.count - index) {
            let end = UnsafeRawPointer(found) - base
            guard end > 0 ? octets[end - 1] == 0x0D : afterCR else { return end }
            index = end + 1
        }
        return nil
    }
}
