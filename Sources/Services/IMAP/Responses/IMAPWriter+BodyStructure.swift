internal import Mail

/// `BODY` and `BODYSTRUCTURE` (RFC 9051 §7.5.2): the parts of a message, from inside out.
extension IMAPWriter {
    /// - Parameters:
    ///   - part: of the message.
    ///   - octets: the whole message.
    ///   - isExtended: whether extension data follow, as `BODYSTRUCTURE` has them.
    mutating func bodyStructure(_ part: MIMEPart, of octets: UnsafeBufferPointer<UInt8>, isExtended: Bool) {
        text("(")
        if case .multipart(let parts) = part.content {
            for part in parts { bodyStructure(part, of: octets, isExtended: isExtended) }
            text(" ")
            string(part.subtype.uppercased())
            if isExtended {
                text(" ")
                parameters(part.parameters)
                extensions(part)
            }
        } else {
            string(part.type.uppercased())
            text(" ")
            string(part.subtype.uppercased())
            text(" ")
            // What is not said is US-ASCII (RFC 2046 §4.1.2).
            if part.type == "text", part.parameters.isEmpty {
                text("(\"CHARSET\" \"US-ASCII\")")
            } else {
                parameters(part.parameters)
            }
            text(" ")
            string(part.id)
            text(" ")
            string(part.description)
            text(" ")
            string(part.encoding.description.uppercased())
            text(" \(part.body.count)")
            if case .message(let message) = part.content {
                text(" ")
                envelope(message.fields(of: octets))
                text(" ")
                bodyStructure(message, of: octets, isExtended: isExtended)
                text(" \(part.lines)")
            } else if part.type == "text" {
                text(" \(part.lines)")
            }
            if isExtended {
                text(" ")
                string(part.digest)
                extensions(part)
            }
        }
        text(")")
    }

    private mutating func extensions(_ part: MIMEPart) {
        text(" ")
        if let disposition = part.disposition {
            text("(")
            string(disposition.value.uppercased())
            text(" ")
            parameters(disposition.parameters)
            text(")")
        } else {
            text("NIL")
        }
        text(" ")
        if part.languages.count == 1 {
            string(part.languages[0])
        } else {
            list(part.languages) { $0.string($1) }
        }
        text(" ")
        string(part.location)
    }

    private mutating func parameters(_ parameters: [FieldParameters.Parameter]) {
        list(parameters) { writer, parameter in
            writer.string(parameter.name.uppercased())
            writer.text(" ")
            writer.string(writer.usesUTF8 ? parameter.value : EncodedWord.encode(parameter.value))
        }
    }
}
