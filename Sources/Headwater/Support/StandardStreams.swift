import Foundation
import LineProtocol

/// Text to standard output or error, written at once: other programs wait for these lines.
enum StandardStream {
    case output
    case error

    /// Writes text that nobody may miss: a command's result.
    /// - Throws: ``CommandError`` with ``SystemExit/ioError`` when it cannot be written: disk full, reader gone.
    func writeResult(_ text: String) throws { try writeAll(Array(text.utf8)) }

    /// The same for what is no text. On a terminal, octets that could command it become question marks.
    func writeResult(octets: some Collection<UInt8>) throws {
        guard isTerminal else { return try writeAll(Array(octets)) }
        try writeAll(Array(PrintableText.lines(String(decoding: octets, as: UTF8.self)).utf8))
    }

    private func writeAll(_ octets: [UInt8]) throws {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            let number = errno
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, number == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if count == 0 || number != EINTR {
                let reason = String(cString: strerror(count < 0 ? number : EIO))
                throw CommandError(.ioError, "cannot write to standard output: \(reason)")
            }
        }
    }

    /// Writes text that may be lost: progress, messages.
    func write(_ text: String) { try? writeResult(text) }

    func writeLine(_ text: String) { write(text + "\n") }

    /// Shows `text` in place of the line that is being redrawn on a terminal. One that wrapped could not be redrawn: what
    /// does not fit is cut off.
    func redraw(_ text: String) { write("\r\u{1B}[K" + (columns.map { String(text.prefix($0 - 1)) } ?? text)) }

    /// Takes the line that was redrawn away, if there is a terminal.
    func clearLine() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    /// Whether a person watches: only then are lines redrawn in place.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Characters on a line of the terminal; nil where it does not say.
    var columns: Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    private var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }
}
