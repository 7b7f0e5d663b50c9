internal import Crypto
internal import Foundation
internal import LineProtocol

/// Fields of a form, and files that came with it.
struct FormData: Sendable {
    /// A file as the browser sent it.
    struct File: Sendable, Hashable {
        var field: String
        /// Without folders, control characters and marks of direction; may be empty.
        var name: String
        /// The media type as the browser has it.
        var type: String
        var content: [UInt8]
    }

    /// Fields that are read, and octets of a name.
    static let maximumFields = 2000
    static let maximumName = 200

    private var fields: [(name: String, value: String)] = []
    private(set) var files: [File] = []
    /// Whether the end is missing, so that fields or files may be.
    private(set) var isCut = false

    init() {}

    /// The first value of a field; empty when there is none.
    subscript(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }
    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Tells whether another form holds the same.
    var digest: SHA256Digest {
        var hash = SHA256()
        func add(_ octets: some Sequence<UInt8>, _ count: Int) {
            withUnsafeBytes(of: count.littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Array(octets))
        }
        for (name, value) in fields {
            add(name.utf8, name.utf8.count)
            add(value.utf8, value.utf8.count)
        }
        for file in files {
            add(file.name.utf8, file.name.utf8.count)
            add(file.content, file.content.count)
        }
        return hash.finalize()
    }

    /// Reads `application/x-www-form-urlencoded` (URL Standard §5.1): a query, or the body of a form without files.
    ///
    /// - Throws: ``FormError``.
    init(urlEncoded text: some Collection<UInt8>) throws(FormError) {
        for pair in text.split(separator: UInt8(ascii: "&")) {
            guard fields.count < Self.maximumFields else { throw FormError(.tooMany) }
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            fields.append((Self.decode(halves[0]), halves.count == 2 ? Self.decode(halves[1]) : ""))
        }
    }

    /// `+` is a space; percent signs that no digits follow stay.
    private static func decode(_ text: some Collection<UInt8>) -> String {
        let octets = Array(text)
        var result: [UInt8] = []
        var index = 0
        while index < octets.count {
            if octets[index] == UInt8(ascii: "%"), index + 2 < octets.count,
                let value = UInt8(String(decoding: octets[index + 1...index + 2], as: UTF8.self), radix: 16),
                octets[index + 1] != UInt8(ascii: "+")
            {
                result.append(value)
                index += 3
            } else {
                result.append(octets[index] == UInt8(ascii: "+") ? 0x20 : octets[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Reads `multipart/form-data` (RFC 7578). Every part needs a name; lines end with CR LF.
    ///
    /// - Parameters:
    ///   - body: all of it.
    ///   - boundary: of the request's `Content-Type`.
    ///   - isCut: whether the end of the body is missing. A field is then taken as far as it goes, a file is left out.
    /// - Throws: ``FormError``.
    init(multipart body: [UInt8], boundary: String, isCut: Bool = false) throws(FormError) {
        self.isCut = isCut
        guard (1...70).contains(boundary.utf8.count) else { throw FormError(.malformed) }
        let delimiter = Array("--\(boundary)".utf8)
        guard body.starts(with: delimiter) else { throw FormError(.malformed) }
        var position = delimiter.count
        while true {
            if body[position...].starts(with: "--".utf8) { return }
            // Within a header, or a line that begins one: nothing of that part has come.
            if isCut, Self.find([0x0D, 0x0A, 0x0D, 0x0A], in: body, from: position) == nil { return }
            guard body[position...].starts(with: "\r\n".utf8) else { throw FormError(.malformed) }
            position += 2
            guard fields.count + files.count < Self.maximumFields else { throw FormError(.tooMany) }
            let head = try Self.head(body, &position)
            guard let end = Self.find([0x0D, 0x0A] + delimiter, in: body, from: position) else {
                guard isCut else { throw FormError(.malformed) }
                if head.fileName == nil {
                    fields.append((head.name, String(decoding: body[position...], as: UTF8.self)))
                }
                return
            }
            let content = body[position..<end]
            if let name = head.fileName {
                // A field for files that was left empty sends one without a name.
                if !name.isEmpty || !content.isEmpty {
                    files.append(File(field: head.name, name: name, type: head.type, content: Array(content)))
                }
            } else {
                fields.append((head.name, String(decoding: content, as: UTF8.self)))
            }
            position = end + 2 + delimiter.count
        }
    }

    private struct Head {
        var name = ""
        var fileName: String?
        var type = "application/octet-stream"
    }

    /// Reads a part's header and goes behind the empty line.
    private static func head(_ body: [UInt8], _ position: inout Int) throws(FormError) -> Head {
        var head = Head()
        var hasName = false
        // A header is short.
        let limit = min(body.count, position + 4096)
        while true {
            guard let end = find([0x0D, 0x0A], in: body, from: position), end < limit else {
                throw FormError(.malformed)
            }
            let line = String(decoding: body[position..<end], as: UTF8.self)
            position = end + 2
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { throw FormError(.malformed) }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            switch line[..<colon].lowercased() {
            case "content-disposition":
                guard value.lowercased().hasPrefix("form-data"), let name = parameter("name", of: value),
                    name.utf8.count <= maximumName
                else { throw FormError(.malformed) }
                head.name = name
                hasName = true
                head.fileName = parameter("filename", of: value).map(tidy)
            case "content-type": head.type = String(value.lowercased().prefix(100))
            default: break
            }
        }
        guard hasName else { throw FormError(.malformed) }
        return head
    }

    /// A parameter in quotation marks. Browsers write `%22` for one within (HTML Living Standard §4.10.21.8), and leave
    /// backslashes as they are.
    private static func parameter(_ name: String, of value: String) -> String? {
        var rest = value[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop { $0 == " " }
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let key = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { continue }
            let text = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            if key == name {
                return String(text).replacing("%22", with: "\"").replacing("%0D", with: " ").replacing("%0A", with: " ")
            }
        }
        return nil
    }

    /// The last part of a path, without control characters and what turns the order of others.
    private static func tidy(_ name: String) -> String {
        let last = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        let text = String(String.UnicodeScalarView(PrintableText.line(last).unicodeScalars.prefix(200)))
        return text == "." || text == ".." ? "file" : text
    }

    /// Where `pattern` begins next.
    private static func find(_ pattern: [UInt8], in octets: [UInt8], from start: Int) -> Int? {
        octets.withUnsafeBytes { octets in
            guard let base = octets.baseAddress, let first = pattern.first else { return nil }
            var position = start
            while octets.count - position >= pattern.count,
                let found = memchr(base + position, Int32(first), octets.count - position)
            {
                position = UnsafeRawPointer(found) - base
                guard octets.count - position >= pattern.count else { return nil }
                if memcmp(base + position, pattern, pattern.count) == 0 { return position }
                position += 1
            }
            return nil
        }
    }
}

/// Why a form cannot be read.
struct FormError: Error, Sendable, Hashable {
    enum Code: Sendable, Hashable {
        /// It is not what it says it is.
        case malformed
        /// It has more fields than any form here.
        case tooMany
    }

    var code: Code
    init(_ code: Code) { self.code = code }
}
