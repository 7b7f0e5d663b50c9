package import NIOCore

/// Takes lines out of received bytes, strictly: a line ends with CR LF and with nothing else (RFC 5321 §2.3.8).
///
/// A decoder that also ends lines at a bare LF lets one peer see two commands where another sees one, which is how mail
/// is smuggled. So a bare CR, a bare LF, a NUL and a line that is too long are each a ``Fault``. A fault is reported once,
/// at the octet that makes it one; the rest of its line, to the next CR LF, is then passed over without being kept. Who
/// wants to answer an error goes on asking for lines, who does not trust the peer any more closes.
///
/// The bytes stay with the caller, so that a protocol may take some of them in another way (SMTP's `BDAT`).
package struct LineDecoder: Sendable {
    /// What is wrong with a line.
    package enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        /// A CR that no LF follows.
        case bareCR
        /// An LF that no CR precedes.
        case bareLF
        /// An octet of value zero.
        case nul
        /// More octets than ``LineDecoder/maximumLength``, or as many without an end in sight.
        case tooLong

        package var description: String {
            switch self {
            case .bareCR: "a CR without LF"
            case .bareLF: "an LF without CR"
            case .nul: "an octet of value zero"
            case .tooLong: "a line that is too long"
            }
        }
    }

    /// What ``next(in:)`` found.
    package enum Element: Sendable, Hashable {
        /// A line without its CR LF; it has none of CR, LF and NUL.
        case line(ByteBuffer)
        case fault(Fault)
    }

    /// Octets that a line may have, its CR LF included: 512 for SMTP's commands (RFC 5321 §4.5.3.1.4). May change
    /// between lines.
    package var maximumLength: Int

    /// Octets at the front of the buffer that were looked at and hold no end of line.
    private var scanned = 0
    /// Whether the rest of a line is passed over, because it has been reported already.
    private var isSkipping = false

    /// - Parameter maximumLength: above 1.
    package init(maximumLength: Int) {
        precondition(maximumLength >= 2)
        self.maximumLength = maximumLength
    }

    /// Forgets what it has seen, for when the buffer was emptied: after STARTTLS.
    package mutating func reset() { self = LineDecoder(maximumLength: maximumLength) }

    /// Takes the next line, or the next fault, from the front of `buffer`; nil when more bytes are needed.
    ///
    /// - Parameter buffer: what was received and not taken yet; between two calls it may only grow at its end, unless the
    ///   last call gave a line or ``reset()`` was called.
    package mutating func next(in buffer: inout ByteBuffer) -> Element? {
        while true {
            if isSkipping {
                guard skipRest(of: &buffer) else { return nil }
                isSkipping = false
            }
            switch scan(buffer.readableBytesView) {
            case .incomplete: return nil
            case .end(let length):
                guard let line = buffer.readSlice(length: length) else { return nil }
                buffer.moveReaderIndex(forwardBy: 2)
                scanned = 0
                return .line(line)
            case .fault(let fault, let offset):
                buffer.moveReaderIndex(forwardBy: offset)
                scanned = 0
                isSkipping = true
                return .fault(fault)
            }
        }
    }

    private enum Scan {
        case incomplete
        /// - length: of the line without its end.
        case end(length: Int)
        /// - offset: where what is to be passed over begins.
        case fault(Fault, offset: Int)
    }

    private mutating func scan(_ bytes: ByteBufferView) -> Scan {
        bytes.withUnsafeBytes { bytes in
            var index = scanned
            while index < bytes.count {
                switch bytes[index] {
                case 0: return .fault(.nul, offset: index + 1)
                case 0x0A: return .fault(.bareLF, offset: index + 1)
                case 0x0D:
                    if index + 2 > maximumLength { return .fault(.tooLong, offset: index) }
                    guard index + 1 < bytes.count else {
                        scanned = index
                        return .incomplete
                    }
                    return bytes[index + 1] == 0x0A ? .end(length: index) : .fault(.bareCR, offset: index + 1)
                default:
                    // Two octets are still to come: CR LF.
                    if index + 2 >= maximumLength { return .fault(.tooLong, offset: index + 1) }
                    index += 1
                }
            }
            scanned = index
            return .incomplete
        }
    }

    /// Drops bytes to the end of the line that was reported; whether that was reached.
    private func skipRest(of buffer: inout ByteBuffer) -> Bool {
        let view = buffer.readableBytesView
        var start = view.startIndex
        while let cr = view[start...].firstIndex(of: 0x0D) {
            guard cr + 1 < view.endIndex else {
                buffer.moveReaderIndex(to: cr)
                return false
            }
            if view[cr + 1] == 0x0A {
                buffer.moveReaderIndex(to: cr + 2)
                return true
            }
            start = cr + 1
        }
        buffer.moveReaderIndex(to: buffer.writerIndex)
        return false
    }
}
