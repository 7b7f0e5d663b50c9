package import NIOCore

/// The transaction state (RFC 1939 §5, §7).
extension POP3Session {
    mutating func transact(_ command: POP3Command) -> [Action] {
        switch command {
        case .stat:
            let left = messages.indices.filter { !deleted.contains($0) }
            return [.reply("+OK \(left.count) \(left.reduce(0) { $0 + messages[$1].size })\r\n")]
        case .list(nil): return [.list(POP3Listing(.sizes, messages, without: deleted))]
        case .uidl(nil): return [.list(POP3Listing(.uniqueIDs, messages, without: deleted))]
        case .list(let number?): return with(number) { "+OK \(number) \($0.size)" }
        case .uidl(let number?): return with(number) { "+OK \(number) \($0.uniqueID)" }
        case .retr(let number): return send(number, bodyLines: nil)
        case .top(let number, let lines): return send(number, bodyLines: lines)
        case .dele(let number):
            let reply = with(number) { _ in "+OK message \(number) will be removed" }
            if place(number) != nil { deleted.insert(number - 1) }
            return reply
        case .rset:
            deleted.removeAll()
            return [.reply("+OK nothing will be removed\r\n")]
        case .noop: return [.reply("+OK\r\n")]
        case .quit:
            guard !deleted.isEmpty else { return farewell("+OK bye") }
            state = .update
            return [.remove(deleted.sorted())]
        case .user, .pass, .auth, .stls: return error("somebody is logged in already")
        case .capa: return []
        }
    }

    /// The place of a message that is there and not to be removed.
    private func place(_ number: Int) -> Int? {
        messages.indices.contains(number - 1) && !deleted.contains(number - 1) ? number - 1 : nil
    }

    private func with(_ number: Int, _ reply: (MaildropMessage) -> String) -> [Action] {
        [.reply((place(number).map { reply(messages[$0]) } ?? "-ERR there is no message \(number)") + "\r\n")]
    }

    private func send(_ number: Int, bodyLines: Int?) -> [Action] {
        guard let place = place(number) else { return [.reply("-ERR there is no message \(number)\r\n")] }
        let reply = bodyLines == nil ? "+OK \(messages[place].size) octets\r\n" : "+OK the top follows\r\n"
        return [.send(message: place, reply: reply, bodyLines: bodyLines)]
    }
}

/// The response to LIST or UIDL for all messages, which may be long: it comes in pieces.
package struct POP3Listing: Sendable {
    enum Kind: Sendable { case sizes, uniqueIDs }

    private let kind: Kind
    private let messages: [MaildropMessage]
    private let deleted: Set<Int>
    private var place = -1

    init(_ kind: Kind, _ messages: [MaildropMessage], without deleted: Set<Int>) {
        self.kind = kind
        self.messages = messages
        self.deleted = deleted
    }

    /// Appends the next piece, some kilobytes.
    ///
    /// - Returns: whether there is more.
    package mutating func write(to output: inout ByteBuffer) -> Bool {
        if place < 0 {
            output.writeString("+OK \(messages.count - deleted.count) messages\r\n")
            place = 0
        }
        let end = min(place + 500, messages.count)
        while place < end {
            if !deleted.contains(place) {
                let message = messages[place]
                output.writeString("\(place + 1) \(kind == .sizes ? String(message.size) : message.uniqueID)\r\n")
            }
            place += 1
        }
        if place == messages.count { output.writeString(".\r\n") }
        return place < messages.count
    }
}
