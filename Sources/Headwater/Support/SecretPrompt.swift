import Foundation

/// Asks a person at the terminal for what nobody else may read.
enum SecretPrompt {
    /// A line typed without echo; nil when standard input is no terminal, or nothing was typed.
    static func ask(_ question: String) -> String? {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        silent.c_lflag |= tcflag_t(ECHONL)
        StandardStream.error.write(question)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) }
        guard let line = readLine(), !line.isEmpty else { return nil }
        return line
    }
}
