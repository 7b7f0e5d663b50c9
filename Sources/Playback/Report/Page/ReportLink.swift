/// A link of a report: to a file beside it or to a page of the web. Nothing else can be linked to, so that no text
/// from outside becomes a script.
package struct ReportLink: Sendable, Hashable {
    package var text: String
    /// The reference as it stands in the page; nil when the target may not be linked to.
    let reference: String?

    /// A link to the file at `path`, relative to the report, with `/` between its parts.
    package init(_ text: String, path: String) {
        self.text = text
        reference = Self.encoded(path)
    }

    /// A link to an address; only `http:` and `https:` become links, anything else stays text.
    package init(_ text: String, url: String) {
        self.text = text
        let scheme = url.prefix { $0 != ":" }.lowercased()
        reference = scheme == "http" || scheme == "https" ? url : nil
    }

    /// `path` as a relative reference (RFC 3986, clause 4.2): everything but unreserved characters and `/` encoded.
    private static func encoded(_ path: String) -> String {
        var result = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        // A leading slash would leave the report's folder, two would name a host.
        return result.hasPrefix("/") || result.isEmpty ? "." + result : result
    }
}
