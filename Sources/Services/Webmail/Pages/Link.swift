/// URLs of this server's own pages.
enum Link {
    /// A path with a query; values may hold anything.
    static func path(_ path: String, _ query: [(name: String, value: String)] = []) -> String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\($0.name)=\(encode($0.value))" }.joined(separator: "&")
    }

    static func list(_ folder: String, page: Int = 1, search: String = "") -> String {
        var query = [(name: "folder", value: folder)]
        if !search.isEmpty { query.append(("q", search)) }
        if page > 1 { query.append(("page", String(page))) }
        return path("/mail", query)
    }

    static func message(_ folder: String, _ uid: UInt32, on path: String = "/message") -> String {
        Self.path(path, [("folder", folder), ("uid", String(uid))])
    }

    /// Where in which list somebody is, for links that lead back there; empty for the first page of a whole folder.
    static func place(page: Int, search: String) -> String {
        (page > 1 ? "&page=\(page)" : "") + (search.isEmpty ? "" : "&q=\(encode(search))")
    }

    static func part(_ folder: String, _ uid: UInt32, _ numbers: [Int], on path: String = "/part") -> String {
        Self.path(path, [("folder", folder), ("uid", String(uid)), ("part", text(numbers))])
    }

    /// Section numbers as they are written: `2.1`.
    static func text(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ".") }

    /// The reverse; nil for what is no list of numbers.
    static func numbers(_ text: String) -> [Int]? {
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = pieces.compactMap { Int($0) }
        return numbers.count == pieces.count && numbers.count <= 60 && numbers.allSatisfy { $0 > 0 } ? numbers : nil
    }

    /// Unreserved characters (RFC 3986 §2.3) as they are, the others percent-encoded.
    static func encode(_ text: String) -> String {
        var result = ""
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(octet))
            default:
                let digits = String(octet, radix: 16, uppercase: true)
                result += octet < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    /// Whether a form may send a browser there afterwards: a place on this server.
    static func isOwn(_ link: String) -> Bool {
        ["/mail", "/message", "/thread", "/folders", "/compose"].contains { link == $0 || link.hasPrefix($0 + "?") }
            && link.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
    }
}
