import Foundation
import Mail
import Testing

/// Messages in `Torture`, right and wrong, with what each consists of in `structures.txt`.
@Suite("MIME torture")
struct TortureTests {
    static let folder = Bundle.module.url(forResource: "Torture", withExtension: nil) ?? URL(filePath: "/nowhere")

    /// Names and structures.
    static let expected: [(name: String, structure: String)] = {
        let text = (try? String(contentsOf: folder.appending(component: "structures.txt"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), String(parts[1].dropFirst()))
        }
    }()

    @Test("every message is what it is said to be", arguments: expected.map(\.name))
    func structure(_ name: String) throws {
        let octets = Array(try Data(contentsOf: Self.folder.appending(component: name + ".eml")))
        let expected = Self.expected.first { $0.name == name }?.structure
        #expect(Self.outline(MIMEParser().parse(octets), octets) == expected)
    }

    @Test("every message is looked at")
    func complete() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path(percentEncoded: false))
        #expect(files.filter { $0.hasSuffix(".eml") }.sorted() == Self.expected.map { $0.name + ".eml" }.sorted())
    }

    private static func outline(_ part: MIMEPart, _ octets: [UInt8]) -> String {
        switch part.content {
        case .leaf:
            let file = part.fileName.map { "[\($0)]" } ?? ""
            return "\(part.mediaType)\(file) \(quoted(part.decodedBody(of: octets)))"
        case .multipart(let parts):
            return "\(part.subtype)(\(parts.map { outline($0, octets) }.joined(separator: ", ")))"
        case .message(let message): return "message[\(outline(message, octets))]"
        }
    }

    private static func quoted(_ octets: [UInt8]) -> String {
        let escaped = String(decoding: octets, as: UTF8.self).unicodeScalars.map { scalar in
            switch scalar {
            case "\r": "\\r"
            case "\n": "\\n"
            case "\"", "\\": "\\\(scalar)"
            case "\0"..."\u{1F}": "\\\(scalar.value)"
            default: "\(scalar)"
            }
        }
        return "\"\(escaped.joined())\""
    }
}
