internal import Mail

/// What a section is, in a message.
enum SectionContent: Sendable, Hashable {
    /// Octets of the message itself.
    case range(Range<Int>)
    /// Octets that are put together, as chosen header fields are.
    case octets([UInt8])
}

extension BodySection {
    /// Finds the section in a message; nil where there is no such part.
    ///
    /// - Parameters:
    ///   - message: its structure.
    ///   - octets: all of it.
    func content(in message: MIMEPart, of octets: UnsafeBufferPointer<UInt8>) -> SectionContent? {
        guard let part = message.part(part) else { return nil }
        guard !self.part.isEmpty else { return content(ofMessage: part, octets) }
        switch text {
        case .content: return .range(part.body)
        // A message that is no multipart is its own part 1, which has no header of its own.
        case .mime: return .range(part.header)
        case .header, .text, .headerFields, .headerFieldsNot:
            guard case .message(let inner) = part.content else { return nil }
            return content(ofMessage: inner, octets)
        }
    }

    private func content(ofMessage message: MIMEPart, _ octets: UnsafeBufferPointer<UInt8>) -> SectionContent? {
        switch text {
        case .content: .range(message.whole)
        case .header: .range(message.header)
        case .text: .range(message.body)
        case .mime: nil
        case .headerFields(let names): .octets(Self.fields(octets[message.header]) { names.containsName($0) })
        case .headerFieldsNot(let names): .octets(Self.fields(octets[message.header]) { !names.containsName($0) })
        }
    }

    /// The lines of those fields of a header that are wanted, as they are, and the empty line.
    private static func fields(_ header: Slice<UnsafeBufferPointer<UInt8>>, _ isWanted: (String) -> Bool) -> [UInt8] {
        var chosen: [UInt8] = []
        var isChosen = false
        var index = header.startIndex
        while index < header.endIndex {
            let end = header[index...].firstIndex(of: 0x0A).map { $0 + 1 } ?? header.endIndex
            let line = header[index..<end]
            let first = header[index]
            if first == 0x0D || first == 0x0A { break }
            if first != 0x20 && first != 0x09 {
                let name = line.prefix { $0 != UInt8(ascii: ":") }
                isChosen = isWanted(String(decoding: name, as: UTF8.self).trimmedOfSpace)
            }
            if isChosen { chosen += line }
            index = end
        }
        return chosen + [0x0D, 0x0A]
    }
}

extension [String] {
    fileprivate func containsName(_ name: String) -> Bool {
        contains { $0.utf8.count == name.utf8.count && $0.lowercased() == name.lowercased() }
    }
}

extension String {
    fileprivate var trimmedOfSpace: String {
        String(prefix { $0 != " " && $0 != "\t" })
    }
}

extension BodySection {
    /// As responses name it.
    var name: String {
        var name = part.map(String.init).joined(separator: ".")
        let word: String? =
            switch text {
            case .content: nil
            case .header: "HEADER"
            case .text: "TEXT"
            case .mime: "MIME"
            case .headerFields(let names): "HEADER.FIELDS (\(names.map(Self.quoted).joined(separator: " ")))"
            case .headerFieldsNot(let names): "HEADER.FIELDS.NOT (\(names.map(Self.quoted).joined(separator: " ")))"
            }
        if let word { name += (name.isEmpty ? "" : ".") + word }
        return name
    }

    private static func quoted(_ name: String) -> String {
        if !name.isEmpty, name.utf8.allSatisfy(CommandParser.isAtom) { return name }
        let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped.filter { $0 >= " " && $0 != "\r\n" })\""
    }
}
