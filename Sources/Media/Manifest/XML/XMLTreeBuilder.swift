import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Builds a tree of a small document from a stranger.
///
/// The parser underneath is Foundation's. A tree instead of `Codable` so that every error can name its line, and so
/// that size, depth and count are bounded while reading. Documents with a document type declaration are refused
/// before parsing: nothing then can name an external entity or expand an internal one.
final class XMLTreeBuilder: NSObject, XMLParserDelegate {
    struct Limits: Sendable {
        /// Below the ten million that the parser underneath takes.
        var bytes = 8 << 20
        /// The parser compares each attribute with all others of its element.
        var attributes = 4096
        var depth = 64
        var elements = 1_000_000
    }

    private let limits: Limits
    private var open: [XMLElement] = []
    private var root: XMLElement?
    private var elementCount = 0
    private var failure: ManifestError?

    private init(limits: Limits) {
        self.limits = limits
    }

    /// - Throws: `notXML` or `limitExceeded`.
    static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(ManifestError) -> XMLElement {
        guard bytes.count <= limits.bytes else {
            throw ManifestError(.limitExceeded, "a manifest of \(bytes.count) bytes; the limit is \(limits.bytes)")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard Array(text.utf8) == bytes else { throw ManifestError(.notXML, "not text in UTF-8") }
        try checkDeclaration(text)
        guard text.range(of: "<!DOCTYPE", options: .literal) == nil else {
            throw ManifestError(.notXML, "document type declarations are not allowed in a manifest")
        }
        try countAttributes(bytes, limit: limits.attributes)

        let builder = XMLTreeBuilder(limits: limits)
        let parser = XMLParser(data: Data(bytes))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        parser.delegate = builder
        let isWellFormed = parser.parse()
        if let failure = builder.failure { throw failure }
        guard isWellFormed, let root = builder.root else {
            throw ManifestError(.notXML, "not well-formed XML", line: max(parser.lineNumber, 1))
        }
        return root
    }

    /// Refuses an XML declaration (XML 1.0 §2.8) that names another encoding: the parser would believe it, and other
    /// bytes would then spell `<!DOCTYPE`.
    private static func checkDeclaration(_ text: String) throws(ManifestError) {
        let start = text.unicodeScalars.prefix(256).drop { $0 == "\u{FEFF}" }
        let head = String(String.UnicodeScalarView(start))
        guard head.hasPrefix("<?xml") else { return }
        guard let end = head.range(of: "?>", options: .literal) else {
            throw ManifestError(.notXML, "an XML declaration without end", line: 1)
        }
        let declaration = head[..<end.lowerBound]
        guard let name = declaration.range(of: "encoding", options: .literal) else { return }
        let values = declaration[name.upperBound...].split(omittingEmptySubsequences: false) { $0 == "\"" || $0 == "'" }
        guard values.count > 1, ["utf-8", "us-ascii"].contains(values[1].lowercased()) else {
            let encoding = values.count > 1 ? values[1] : "none"
            throw ManifestError(.notXML, "encoding \(encoding); only UTF-8 is read", line: 1)
        }
    }

    /// Bounds attributes before the parser meets them: each has an equals sign, and `<` stands in no attribute's value
    /// (XML 1.0 §3.1).
    private static func countAttributes(_ bytes: [UInt8], limit: Int) throws(ManifestError) {
        var count = 0
        var line = 1
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "<"): count = 0
            case UInt8(ascii: "="): count += 1
            case UInt8(ascii: "\n"): line += 1
            default: continue
            }
            guard count <= limit else {
                throw ManifestError(.limitExceeded, "an element with more than \(limit) attributes", line: line)
            }
        }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        elementCount += 1
        guard open.count < limits.depth else { return fail(parser, "nested deeper than \(limits.depth) elements") }
        guard elementCount <= limits.elements else { return fail(parser, "more than \(limits.elements) elements") }
        open.append(
            XMLElement(name: name, namespace: namespaceURI ?? "", attributes: attributes, line: parser.lineNumber))
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard failure == nil, var element = open.popLast() else { return }
        element.text = element.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += string
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += String(decoding: block, as: UTF8.self)
    }

    private func fail(_ parser: XMLParser, _ reason: String) {
        if failure == nil { failure = ManifestError(.limitExceeded, reason, line: parser.lineNumber) }
        parser.abortParsing()
    }
}
