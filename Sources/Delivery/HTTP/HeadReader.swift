internal import HTTPSemantics

/// Reads one complete request head: a request line, field lines and the empty line, each ended by CRLF.
struct HeadReader {
    let bytes: [UInt8]
    /// Where the first field line begins.
    let headerStart: Int
    let limits: RequestLimits

    func read() throws(HTTPProtocolError) -> RequestHead {
        var head = try requestLine()
        var framing = FramingFields()
        try fieldLines(into: &head, &framing)
        try framing.finish(&head)
        return head
    }

    /// request-line = method SP request-target SP HTTP-version (RFC 9112 §3)
    private func requestLine() throws(HTTPProtocolError) -> RequestHead {
        let line = bytes[0..<max(headerStart - 2, 0)]
        guard let firstSpace = line.firstIndex(of: 0x20), let lastSpace = line.lastIndex(of: 0x20),
            firstSpace < lastSpace
        else { throw HTTPProtocolError(.badRequest, "request line is not method, target and version") }
        let method = line[..<firstSpace]
        guard !method.isEmpty, method.allSatisfy(\.isTokenCharacter) else {
            throw HTTPProtocolError(.badRequest, "method is not a token")
        }
        let minorVersion = try version(line[(lastSpace + 1)...])
        let rawTarget = line[(firstSpace + 1)..<lastSpace]
        guard !rawTarget.isEmpty, rawTarget.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw HTTPProtocolError(.badRequest, "request target has characters that a URI has not")
        }
        let requestMethod = RequestMethod(String(decoding: method, as: UTF8.self))
        return RequestHead(
            method: requestMethod, target: try target(rawTarget, requestMethod), minorVersion: minorVersion,
            fields: FieldSection(storage: bytes))
    }

    private func version(_ text: ArraySlice<UInt8>) throws(HTTPProtocolError) -> Int {
        guard text.count == 8, text.starts(with: "HTTP/".utf8), text[text.startIndex + 6] == UInt8(ascii: "."),
            let major = text[text.startIndex + 5].hexDigit, let minor = text.last?.hexDigit, major < 10, minor < 10
        else { throw HTTPProtocolError(.badRequest, "version is not HTTP/x.y") }
        guard major == 1 else { throw HTTPProtocolError(.versionNotSupported, "only HTTP/1.0 and HTTP/1.1 here") }
        return min(Int(minor), 1)
    }

    /// origin-form, absolute-form or, for OPTIONS, asterisk-form (RFC 9112 §3.2).
    private func target(_ raw: ArraySlice<UInt8>, _ method: RequestMethod) throws(HTTPProtocolError) -> String {
        let text = String(decoding: raw, as: UTF8.self)
        if raw.first == UInt8(ascii: "/") { return text }
        if method == .options, text == "*" { return text }
        // CONNECT's authority form fits no method that a responder serves; it decides, and refuses.
        if method == .other("CONNECT") { return text }
        for scheme in ["http://", "https://"]
        where text.utf8.count > scheme.utf8.count && text.prefix(scheme.utf8.count).lowercased() == scheme {
            let rest = text.dropFirst(scheme.utf8.count)
            guard let separator = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
            guard separator > rest.startIndex else { break }
            return rest[separator] == "/" ? String(rest[separator...]) : "/" + rest[separator...]
        }
        throw HTTPProtocolError(.badRequest, "request target is neither a path nor an http URL")
    }

    /// field-line = field-name ":" OWS field-value OWS (RFC 9112 §5)
    private func fieldLines(
        into head: inout RequestHead, _ framing: inout FramingFields
    ) throws(HTTPProtocolError) {
        var index = headerStart
        let end = bytes.count - 2
        while index < end {
            var lineEnd = index
            while bytes[lineEnd] != 0x0A { lineEnd += 1 }
            var colon = index
            while bytes[colon].isTokenCharacter { colon += 1 }
            guard colon > index, bytes[colon] == UInt8(ascii: ":") else {
                // Also a folded line (obs-fold, 5.2) and white space before the colon (5.1).
                throw HTTPProtocolError(.badRequest, "field line does not begin with a name and a colon")
            }
            var valueStart = colon + 1
            var valueEnd = lineEnd - 1
            while valueStart < valueEnd, bytes[valueStart] == 0x20 || bytes[valueStart] == 0x09 { valueStart += 1 }
            while valueEnd > valueStart, bytes[valueEnd - 1] == 0x20 || bytes[valueEnd - 1] == 0x09 { valueEnd -= 1 }
            for offset in valueStart..<valueEnd where !bytes[offset].isFieldValueCharacter {
                throw HTTPProtocolError(.badRequest, "field value has a control character")
            }
            guard head.fields.count < limits.fieldLines else {
                throw HTTPProtocolError(.headerFieldsTooLarge, "more than \(limits.fieldLines) field lines")
            }
            head.fields.appendLine(name: index..<colon, value: valueStart..<valueEnd)
            framing.note(name: bytes[index..<colon], value: bytes[valueStart..<valueEnd])
            index = lineEnd + 1
        }
    }
}
