internal import Foundation
internal import NIOCore

/// Messages that other programs have put into a folder, and how they become like those of this store: IMAP and POP3 tell
/// their sizes before their octets, and both must be those that are sent.
extension Maildir {
    /// Messages that are written anew at one look: others wait meanwhile. The rest comes with the next look.
    static let rewrittenAtOnce = 500

    /// Gives a message's file the name by which it is looked for: with the flags that are known here, in their order.
    ///
    /// - Returns: nil when it has gone meanwhile.
    func settled(_ entry: Entry) -> Entry? {
        guard !entry.isPlain else { return entry }
        var settled = entry
        settled.file = String(path(of: entry.base, entry.flags, isNew: entry.isNew).dropFirst(path.count + 1))
        settled.isPlain = true
        let target = "\(path)/\(settled.file)"
        // Nothing is overwritten, even if two messages should have the same name.
        guard access(target, F_OK) != 0, Self.move("\(path)/\(entry.file)", to: target) else { return nil }
        return settled
    }

    /// Writes a message anew whose lines end with LF alone, as procmail and others leave them.
    ///
    /// - Returns: whether that was necessary.
    /// - Throws: ``MailStoreError`` with `.unusable`; the message is as it was then.
    func completeLines(of entry: Entry) throws -> Bool {
        let file = "\(path)/\(entry.file)"
        guard !MessageNames.isOurs(entry.base), let message = try MessageFile(path: file) else { return false }
        return try message.mapNow { octets in
            let octets = UnsafeRawBufferPointer(octets)
            guard LineEnds.areIncomplete(octets), let facts = FileFacts(path: file) else { return false }
            mkdir(path + "/tmp", 0o700)
            let spool = try SpooledMessage(path: "\(path)/tmp/lines.\(UInt64.random(in: 0...UInt64.max))")
            var lines = LineEnds()
            for start in stride(from: 0, to: octets.count, by: 1 << 20) {
                let part = UnsafeRawBufferPointer(rebasing: octets[start..<min(start + 1 << 20, octets.count)])
                try spool.writeNow(lines.complete(part) ?? ByteBuffer(bytes: part))
            }
            spool.setDate(facts.modified.seconds)
            try spool.synchronizeNow()
            // Another program may have moved or removed it meanwhile.
            guard access(file, F_OK) == 0 else { return false }
            guard Self.move(spool.path, to: file) else {
                throw MailStoreError(errno: errno, "a message cannot be written")
            }
            return true
        }
    }
}

extension MessageNames {
    /// Whether a name is one that this store gives: `SECONDS.MmicrosecondsPprocessRrandomQserial`, and more.
    static func isOurs(_ base: String) -> Bool {
        var rest = Substring(base).utf8
        func skip(_ letters: String, _ isOne: (UInt8) -> Bool) -> Bool {
            guard rest.starts(with: letters.utf8) else { return false }
            rest = rest.dropFirst(letters.utf8.count)
            let count = rest.prefix(while: isOne).count
            rest = rest.dropFirst(count)
            return count > 0
        }
        let isDigit = { (letter: UInt8) in (0x30...0x39).contains(letter) }
        return skip("", isDigit) && skip(".M", isDigit) && skip("P", isDigit)
            && skip("R") { isDigit($0) || (0x61...0x66).contains($0) } && skip("Q", isDigit)
    }
}
