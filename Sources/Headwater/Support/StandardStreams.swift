import Foundation

/// Text to standard output or error, written at once: other programs wait for these lines.
enum StandardStream {
    case output
    case error

    func write(_ text: String) {
        let handle = self == .output ? FileHandle.standardOutput : FileHandle.standardError
        try? handle.write(contentsOf: Data(text.utf8))
    }

    func writeLine(_ text: String) { write(text + "\n") }

    /// Whether a person watches: only then are lines redrawn in place.
    var isTerminal: Bool { isatty(self == .output ? STDOUT_FILENO : STDERR_FILENO) == 1 }
}
