internal import CGumbo

/// What a parser found in a document, in its order.
enum HTMLEvent: Sendable, Hashable {
    case start(HTMLElement)
    case end
    case text(String)
}

/// A start tag, as the parser understood it.
struct HTMLElement: Sendable, Hashable {
    /// In lower case; empty for elements that HTML does not know.
    var name: String
    /// Whether it is SVG's or MathML's.
    var isForeign: Bool
    /// Names in lower case, values with their character references resolved.
    var attributes: [Attribute]

    struct Attribute: Sendable, Hashable {
        var name: String
        var value: String
    }

    /// The value of the first attribute of that name.
    func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }
}

/// A document, parsed as browsers do (HTML Living Standard §13.2), by Gumbo.
///
/// The parser runs in a process of its own that may do nothing else: see `CGumbo.h`.
struct HTMLDocument: Sequence, Sendable {
    /// What parsing may cost.
    struct Limits: Sendable, Hashable {
        /// Octets of the source.
        var source = 4 << 20
        /// Octets that the tree may take.
        var memory = 192 << 20
        /// Octets of the list of events.
        var events = 24 << 20
        /// Seconds of processor time.
        var seconds = 2

        init() {}
    }

    private let octets: [UInt8]

    /// Parses; blocks the thread meanwhile.
    ///
    /// - Throws: ``HTMLParsingError``.
    init(parsing source: some Collection<UInt8>, limits: Limits = Limits()) throws(HTMLParsingError) {
        guard source.count <= limits.source else { throw .tooLarge }
        let source = Array(source)
        var list = headwater_html()
        let state = source.withUnsafeBytes { source in
            headwater_html_parse(
                source.baseAddress?.assumingMemoryBound(to: CChar.self), source.count, limits.memory, limits.events,
                UInt32(limits.seconds), &list)
        }
        switch Int(state) {
        case HEADWATER_HTML_PARSED: break
        case HEADWATER_HTML_TOO_LARGE: throw .tooLarge
        case HEADWATER_HTML_FAILED: throw .tooIntricate
        default: throw .unavailable
        }
        defer { headwater_html_free(&list) }
        octets = Array(UnsafeBufferPointer(start: list.events, count: list.length))
    }

    /// - Throws: ``HTMLParsingError``.
    init(_ source: String, limits: Limits = Limits()) throws(HTMLParsingError) {
        try self.init(parsing: source.utf8, limits: limits)
    }

    func makeIterator() -> Iterator { Iterator(octets) }

    /// Reads the list; what makes no sense ends it, as the process that wrote it is not trusted.
    struct Iterator: IteratorProtocol {
        private let octets: [UInt8]
        private var position = 0

        init(_ octets: [UInt8]) { self.octets = octets }

        mutating func next() -> HTMLEvent? {
            guard let mark = octet() else { return nil }
            switch Int(mark) {
            case HEADWATER_HTML_START:
                guard let isHTML = octet(), let name = text(), let count = number() else { return nil }
                var element = HTMLElement(name: name, isForeign: isHTML != 1, attributes: [])
                for _ in 0..<count {
                    guard let name = text(), let value = text() else { return nil }
                    element.attributes.append(HTMLElement.Attribute(name: name, value: value))
                }
                return .start(element)
            case HEADWATER_HTML_END: return .end
            case HEADWATER_HTML_TEXT: return text().map { .text($0) }
            default: return nil
            }
        }

        private mutating func octet() -> UInt8? {
            guard position < octets.count else { return nil }
            defer { position += 1 }
            return octets[position]
        }

        private mutating func number() -> Int? {
            guard octets.count - position >= 4 else { return nil }
            defer { position += 4 }
            return octets.withUnsafeBytes {
                Int($0.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            }
        }

        private mutating func text() -> String? {
            guard let count = number(), octets.count - position >= count else { return nil }
            defer { position += count }
            return String(decoding: octets[position..<position + count], as: UTF8.self)
        }
    }
}

/// Why a document is not shown as HTML.
enum HTMLParsingError: Error, Sendable, Hashable {
    /// It, or what it means, is larger than allowed.
    case tooLarge
    /// The parser gave up, or took too long.
    case tooIntricate
    /// There is no memory or no process to be had.
    case unavailable
}
