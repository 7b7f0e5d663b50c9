internal import LineProtocol
internal import MailStore
internal import NIOCore

/// `IDLE` (RFC 2177): the server pushes what happens, until the client has enough of it.
extension IMAPSession {
    /// What ends a wait.
    private enum Event: Sendable {
        case octets(ByteBuffer?)
        case changed
        case time
    }

    mutating func idle(_ tag: String) async throws {
        guard let account else { return }
        output.text("+ Idling.\r\n")
        try await tellNews()
        guard !isOver else { return }
        try await flush()
        var stamp = ""
        if let view { stamp = await account.stamp(of: view.name) }
        let deadline = NIODeadline.now() + configuration.idleAfterLogIn
        while true {
            switch lineAtHand() {
            case .line(let line)?:
                guard String(decoding: line, as: UTF8.self).uppercased() == "DONE" else {
                    return tagged(tag, "BAD Only DONE ends this.")
                }
                try await tellNews()
                return ok(tag, "Done.")
            case .fault?: return bye("This is no line.")
            case nil, .command?, .literal?, .octets?, .octetsEnd?: break
            }
            guard NIODeadline.now() < deadline else { return bye("Nothing was said for too long.") }
            // An idle session costs little.
            account.rest()
            switch try await wait(account) {
            case .octets(var octets?): append(&octets)
            case .octets(nil): return bye("Goodbye.")
            case .changed, .time:
                guard let view else { continue }
                let now = await account.stamp(of: view.name)
                guard now != stamp else { continue }
                stamp = now
                try await tellNews()
                guard !isOver else { return }
                try await flush()
            }
        }
    }

    /// Waits for the client, or for something to happen.
    private func wait(_ account: MailAccount) async throws -> Event {
        let changes = account.changes()
        return try await withThrowingTaskGroup(of: Event.self) { [connection, configuration] tasks in
            tasks.addTask {
                do {
                    return .octets(try await connection.read(within: configuration.lookInterval))
                } catch let error as LineConnectionError where error.code == .timedOut {
                    return .time
                }
            }
            tasks.addTask {
                for await _ in changes { return .changed }
                // Cancelled: the other task has something.
                throw CancellationError()
            }
            defer { tasks.cancelAll() }
            guard let first = try await tasks.next() else { return .time }
            tasks.cancelAll()
            // What the other found meanwhile must not be lost.
            if case .octets = first { return first }
            while let other = await tasks.nextResult() {
                if case .success(.octets(let octets)) = other { return .octets(octets) }
            }
            return first
        }
    }
}
