import Foundation

/// Asks a person at the terminal for what nobody else may read.
enum SecretPrompt {
    /// A password typed without echo.
    ///
    /// - Throws: `CommandError` when nobody is there to type one.
    static func password(_ question: String = "Password: ") throws -> String {
        guard let password = ask(question) else {
            throw CommandError(.usage, "there is no terminal to ask for a password: give --password-stdin")
        }
        return password
    }

    /// The first line of standard input.
    ///
    /// - Throws: `CommandError` when there is none.
    static func passwordFromStandardInput() throws -> String {
        guard let line = readLine(), !line.isEmpty else {
            throw CommandError(.usage, "no password on standard input")
        }
        return line
    }

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
