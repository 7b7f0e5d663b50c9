internal import MailStore

/// A command that a client sends, piece by piece: what is no plain text goes as a literal, before which the client may have
/// to wait (RFC 9051 §4.3).
struct ClientCommand: Sendable, Hashable {
    private enum Piece: Sendable, Hashable {
        case text(String)
        case string(String)
    }

    private var pieces: [Piece]

    /// - Parameter name: with what follows that is plain text.
    init(_ name: String) { pieces = [.text(name)] }

    /// Text as it is, with a space before it.
    func word(_ text: String) -> Self { adding(.text(" \(text)")) }

    /// Text that may hold anything, with a space before it.
    func string(_ text: String) -> Self { adding(.text(" ")).adding(.string(text)) }

    func mailbox(_ name: String) -> Self { string(ModifiedUTF7.encoded(name)) }

    private func adding(_ piece: Piece) -> Self {
        var command = self
        command.pieces.append(piece)
        return command
    }

    /// What to send: after each part but the last the server has to ask for more.
    ///
    /// - Parameters:
    ///   - tag: before it.
    ///   - mayGoOn: whether literals of this size may be sent without waiting (RFC 7888).
    func parts(tag: String, mayGoOn: (Int) -> Bool) -> [[UInt8]] {
        var parts: [[UInt8]] = [Array("\(tag) ".utf8)]
        for piece in pieces {
            switch piece {
            case .text(let text): parts[parts.count - 1] += Array(text.utf8)
            case .string(let text) where Self.isQuotable(text):
                let quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                parts[parts.count - 1] += Array("\"\(quoted)\"".utf8)
            case .string(let text):
                let size = text.utf8.count
                let isFree = mayGoOn(size)
                parts[parts.count - 1] += Array("{\(size)\(isFree ? "+" : "")}\r\n".utf8)
                if !isFree { parts.append([]) }
                parts[parts.count - 1] += Array(text.utf8)
            }
        }
        parts[parts.count - 1] += [0x0D, 0x0A]
        return parts
    }

    private static func isQuotable(_ text: String) -> Bool {
        text.utf8.count <= 1000 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
