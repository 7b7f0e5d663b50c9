/// The character set that a document in HTML names itself (HTML Living Standard §13.2.3.2, "prescan").
enum HTMLCharset {
    /// Octets at the start in which it is looked for: mail programs put more before it than the standard's 1024.
    private static let searched = 16 << 10

    /// - Parameter octets: the document.
    /// - Returns: the first that a `meta` element names; nil when none does. As these octets were read to find it, they are
    ///   not in UTF-16, whatever it says.
    static func declared(in octets: some Collection<UInt8>) -> String? {
        let octets = Array(octets.prefix(searched))
        var scanner = HTMLScanner(octets)
        while let (element, attributes) = scanner.nextElement() {
            guard element == "meta" else { continue }
            let isContentType = attributes["http-equiv"]?.lowercased() == "content-type"
            guard let name = attributes["charset"] ?? (isContentType ? attributes["content"].flatMap(charset) : nil),
                !name.isEmpty
            else { continue }
            return name.lowercased().hasPrefix("utf-16") ? "utf-8" : name
        }
        return nil
    }

    /// The parameter of a media type.
    private static func charset(_ content: String) -> String? { FieldParameters(content)["charset"] }
}
