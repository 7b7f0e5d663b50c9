internal import LineProtocol
internal import Mail
internal import MailStore
internal import NIOCore

/// `FETCH` (RFC 9051 §6.4.5): what is asked for of each message, large parts straight from their files.
extension IMAPSession {
    /// A piece of a response.
    enum Piece: Sendable {
        case octets(ByteBuffer)
        /// Octets of the message, to be sent as they are.
        case range(Range<Int>)
    }

    /// Larger parts of a message are sent without being kept.
    private static let copiedOctets = 16 << 10
    private static let chunk = 64 << 10
    /// Messages, and octets of them, that are looked into together.
    private static let (batchedMessages, batchedOctets) = (16, 128 << 10)

    /// What makes of a message the answers to what is asked for.
    static func answers(
        _ items: [FetchItem], usesUTF8: Bool
    ) -> @Sendable (UnsafeBufferPointer<UInt8>) -> [[Piece]] {
        { octets in
            let structure = items.contains { $0.needsStructure } ? MIMEParser().parse(octets) : nil
            return items.map { pieces(of: $0, octets, structure, usesUTF8: usesUTF8) }
        }
    }

    /// - Parameter read: all of the messages' files, where they have been read already.
    /// - Returns: whether all of them could be told of.
    mutating func fetch(
        _ indices: [Int], _ items: [FetchItem], uid: Bool, read: [UInt32: ReadMessage] = [:]
    ) async throws -> Bool {
        guard let account, let view else { return true }
        var isWhole = true
        let items = uid && !items.contains(.uid) ? [.uid] + items : items
        let isRead = !view.isReadOnly && items.contains { $0.isReading }
        var seen: Set<UInt32> = []
        if isRead {
            let unseen = indices.map { view.messages[$0] }.filter { !$0.flags.system.contains(.seen) }.map(\.uid)
            if !unseen.isEmpty {
                for message in try await account.setFlags(of: unseen, in: view.name, .add, MessageFlags([.seen])) {
                    self.view?.note(message.flags, of: message.uid)
                    seen.insert(message.uid)
                }
            }
        }
        let fromFile = items.filter { $0.needsFile }
        var left = indices[...]
        while !left.isEmpty {
            let batch = fromFile.isEmpty ? left : readTogether(left)
            left = left.dropFirst(batch.count)
            var opened = read
            if !fromFile.isEmpty, read.isEmpty {
                // All that files have to tell in one go.
                let uids = batch.compactMap { self.view?.messages[$0].uid }
                opened = try await account.map(
                    uids, in: view.name, Self.answers(fromFile, usesUTF8: isRevision2)
                ).mapValues { ReadMessage($0.file, $0.value) }
            }
            for index in batch {
                guard let message = self.view?.messages[index] else { continue }
                // Gone meanwhile: nothing can be told of it.
                if !fromFile.isEmpty, opened[message.uid] == nil {
                    isWhole = false
                    continue
                }
                let told = opened.removeValue(forKey: message.uid)
                var pieces = (told?.answers ?? [])[...]
                var asked = items
                if seen.contains(message.uid), !asked.contains(.flags) { asked.append(.flags) }
                output.text("* \(index + 1) FETCH (")
                for (place, item) in asked.enumerated() {
                    if place > 0 { output.text(" ") }
                    try await write(item, of: message, told?.file, item.needsFile ? pieces.popFirst() ?? [] : [])
                }
                output.text(")\r\n")
                try await flushIfLarge()
            }
        }
        return isWhole
    }

    /// As many of the next messages as are read together: one at least, and not much more than fits into memory for each
    /// of many sessions.
    func readTogether(_ indices: ArraySlice<Int>) -> ArraySlice<Int> {
        var octets = 0
        return indices.prefix(Self.batchedMessages).prefix { index in
            defer { octets += self.view?.messages[index].size ?? 0 }
            return octets == 0 || octets + (self.view?.messages[index].size ?? 0) <= Self.batchedOctets
        }
    }

    private mutating func write(
        _ item: FetchItem, of message: StoredMessage, _ file: MessageFile?, _ pieces: [Piece]
    ) async throws {
        switch item {
        case .flags: output.text("FLAGS (\(flagNames(message)))")
        case .internalDate: output.text("INTERNALDATE \"\(InternalDate(seconds: message.internalDate).text)\"")
        case .size: output.text("RFC822.SIZE \(message.size)")
        case .uid: output.text("UID \(message.uid)")
        case .envelope, .body, .bodyStructure, .rfc822, .section, .binary, .binarySize:
            guard !pieces.isEmpty else { return output.text("NIL") }
            for piece in pieces {
                switch piece {
                case .octets(let octets): output.octets(octets.readableBytesView)
                case .range(let range):
                    guard let file else { continue }
                    try await flush()
                    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk) {
                        let part = start..<min(start + Self.chunk, range.upperBound)
                        try await connection.write(try await file.read(part))
                    }
                }
            }
        }
    }

    private static func pieces(
        of item: FetchItem, _ octets: UnsafeBufferPointer<UInt8>, _ structure: MIMEPart?, usesUTF8: Bool
    ) -> [Piece] {
        var writer = IMAPWriter(usesUTF8: usesUTF8)
        guard let structure else {
            // All of the message needs no look into it.
            switch item {
            case .section(_, let partial, _):
                writer.text("BODY[]\(partial.map { "<\($0.first)>" } ?? "") ")
                return literal(.range(0..<octets.count), partial, octets, &writer)
            default:
                writer.text("RFC822 ")
                return literal(.range(0..<octets.count), nil, octets, &writer)
            }
        }
        switch item {
        case .envelope:
            writer.text("ENVELOPE ")
            writer.envelope(structure.fields(of: octets))
        case .body, .bodyStructure:
            writer.text(item == .body ? "BODY " : "BODYSTRUCTURE ")
            writer.bodyStructure(structure, of: octets, isExtended: item == .bodyStructure)
        case .rfc822(let part):
            let (name, text): (String, BodySection.Text) =
                switch part {
                case .whole: ("RFC822", .content)
                case .header: ("RFC822.HEADER", .header)
                case .text: ("RFC822.TEXT", .text)
                }
            writer.text("\(name) ")
            return literal(BodySection(text: text).content(in: structure, of: octets), nil, octets, &writer)
        case .section(let section, let partial, _):
            writer.text("BODY[\(section.name)]\(partial.map { "<\($0.first)>" } ?? "") ")
            return literal(section.content(in: structure, of: octets), partial, octets, &writer)
        case .binary(let numbers, let partial, _):
            writer.text("BINARY[\(numbers.map(String.init).joined(separator: "."))]")
            writer.text("\(partial.map { "<\($0.first)>" } ?? "") ")
            let content = structure.part(numbers).map { part in
                SectionContent.octets(numbers.isEmpty ? Array(octets) : part.decodedBody(of: octets))
            }
            return literal(content, partial, octets, &writer, isBinary: true)
        case .binarySize(let numbers):
            let size = structure.part(numbers).map { numbers.isEmpty ? octets.count : $0.decodedBody(of: octets).count }
            writer.text(
                "BINARY.SIZE[\(numbers.map(String.init).joined(separator: "."))] \(size.map { "\($0)" } ?? "NIL")")
        case .flags, .internalDate, .size, .uid: break
        }
        return [.octets(writer.take())]
    }

    /// What has been written and a literal behind it; `NIL` where there is nothing of that kind.
    private static func literal(
        _ content: SectionContent?, _ partial: PartialRange?, _ octets: UnsafeBufferPointer<UInt8>,
        _ writer: inout IMAPWriter, isBinary: Bool = false
    ) -> [Piece] {
        func cut(_ range: Range<Int>) -> Range<Int> {
            guard let partial else { return range }
            let start = min(range.lowerBound + partial.first, range.upperBound)
            return start..<min(start + partial.count, range.upperBound)
        }
        switch content {
        case nil:
            writer.text("NIL")
            return [.octets(writer.take())]
        case .octets(let chosen)?:
            let range = cut(chosen.startIndex..<chosen.endIndex)
            let binary = isBinary && chosen[range].contains(0)
            writer.literal(range.count, isBinary: binary)
            writer.octets(chosen[range])
            return [.octets(writer.take())]
        case .range(let whole)?:
            let range = cut(whole)
            writer.literal(range.count)
            guard range.count > copiedOctets else {
                writer.octets(octets[range])
                return [.octets(writer.take())]
            }
            return [.octets(writer.take()), .range(range)]
        }
    }
}

extension FetchItem {
    /// Whether it is answered from the message's file.
    var needsFile: Bool {
        switch self {
        case .flags, .internalDate, .size, .uid: false
        default: true
        }
    }

    /// Whether it needs to be known what the message consists of.
    var needsStructure: Bool {
        switch self {
        case .flags, .internalDate, .size, .uid, .rfc822(.whole): false
        case .section(let section, _, _): section != BodySection(text: .content)
        default: true
        }
    }

    /// Whether asking for it means that somebody reads the message.
    var isReading: Bool {
        switch self {
        case .rfc822(.whole), .rfc822(.text): true
        case .section(_, _, let peeks), .binary(_, _, let peeks): !peeks
        default: false
        }
    }
}
