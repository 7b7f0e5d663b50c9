internal import HTTPSemantics

/// The fields that decide where a request ends, to whom it goes and whether the connection lives on, gathered while
/// the field lines are read.
struct FramingFields {
    private var hosts = 0
    private var host: ArraySlice<UInt8> = []
    private var contentLengths: [ArraySlice<UInt8>] = []
    private var transferEncodings: [ArraySlice<UInt8>] = []
    private var connection: [String] = []
    private var expectations: [String] = []

    /// Looks at one field line.
    mutating func note(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        switch name.count {
        case 4 where Self.equal(name, .host):
            hosts += 1
            host = value
        case 6 where Self.equal(name, .expect): expectations.append(Self.text(value))
        case 10 where Self.equal(name, .connection): connection += Self.text(value).listMembers
        case 14 where Self.equal(name, .contentLength): contentLengths.append(value)
        case 17 where Self.equal(name, .transferEncoding): transferEncodings.append(value)
        default: break
        }
    }

    /// Checks the fields together and completes `head`.
    func finish(_ head: inout RequestHead) throws(HTTPProtocolError) {
        try checkHost(head)
        head.framing = try framing(head)
        let options = connection.map(\.asciiLowercased)
        head.keepsAlive =
            head.minorVersion == 1 ? !options.contains("close") : options.contains("keep-alive")
        for expectation in expectations {
            guard expectation.asciiLowercased == "100-continue" else {
                throw HTTPProtocolError(.expectationFailed, "unknown expectation")
            }
            head.expectsContinue = head.minorVersion == 1 && head.framing != .none
        }
    }

    /// Exactly one Host in HTTP/1.1 (RFC 9112 §3.2), and one that can be a host and port.
    private func checkHost(_ head: RequestHead) throws(HTTPProtocolError) {
        guard hosts == 1 || hosts == 0 && head.minorVersion == 0 else {
            throw HTTPProtocolError(.badRequest, hosts == 0 ? "no Host field" : "more than one Host field")
        }
        for byte in host {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: continue
            // - . _ ~ ! $ & ' ( ) * + , ; = : [ ] % as RFC 3986 §3.2.2 has them
            case 0x2D, 0x2E, 0x5F, 0x7E, 0x21, 0x24, 0x26...0x2C, 0x3B, 0x3D, 0x3A, 0x5B, 0x5D, 0x25: continue
            default: throw HTTPProtocolError(.badRequest, "Host is not a host and port")
            }
        }
    }

    private func framing(_ head: RequestHead) throws(HTTPProtocolError) -> RequestHead.Framing {
        if !transferEncodings.isEmpty {
            guard contentLengths.isEmpty else {
                throw HTTPProtocolError(.badRequest, "both Content-Length and Transfer-Encoding")
            }
            guard head.minorVersion == 1 else {
                throw HTTPProtocolError(.badRequest, "Transfer-Encoding in HTTP/1.0")
            }
            let codings = transferEncodings.flatMap { Self.text($0).listMembers }.map(\.asciiLowercased)
            guard codings.last == "chunked", codings.count(where: { $0 == "chunked" }) == 1 else {
                throw HTTPProtocolError(.badRequest, "chunked is not the last transfer coding")
            }
            guard codings.count == 1 else { throw HTTPProtocolError(.notImplemented, "unknown transfer coding") }
            return .chunked
        }
        guard let text = contentLengths.first else { return .none }
        guard contentLengths.count == 1, !text.isEmpty, text.count <= 18, text.allSatisfy({ $0 &- 0x30 < 10 }) else {
            throw HTTPProtocolError(.badRequest, "Content-Length is not one number")
        }
        let length = text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return length == 0 ? .none : .length(length)
    }

    private static func equal(_ name: ArraySlice<UInt8>, _ other: FieldName) -> Bool {
        name.elementsEqual(other.lowercased) { $0.asciiLowercased == $1 }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
