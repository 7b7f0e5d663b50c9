import Foundation
import QoE
import Testing

/// What `Documentation/trace-schema.md` shows is what is written.
@Suite("The trace's documentation")
struct TraceDocumentationTests {
    private static func page() throws -> String {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return try String(contentsOf: root.appending(path: "Documentation/trace-schema.md"), encoding: .utf8)
    }

    @Test("its examples are lines that the encoder makes")
    func examples() throws {
        let lines = try Self.page().split(separator: "\n").filter { $0.hasPrefix("{") }.map(String.init)
        #expect(lines == Example.all.map(\.1))
    }

    @Test("its sections name every member of every kind")
    func members() throws {
        let sections = try Self.page().split(separator: "\n## ").map(String.init)
        for (event, line) in Example.all {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let type = try #require(object["type"] as? String)
            let section = try #require(sections.first { $0.prefix { $0 != "\n" }.contains("`\(type)`") }, "\(event)")
            for member in object.keys where member != "type" {
                #expect(section.contains("`\(member)`"), "\(type).\(member)")
            }
        }
    }

    @Test("it has a row for every score")
    func scores() throws {
        let page = try Self.page()
        for score in ScoreCatalogue.all {
            #expect(page.contains("\n| \(type(of: score).name) | "), "\(type(of: score).name)")
        }
    }

    @Test("its arithmetic is the summary's")
    func summary() throws {
        let lines = try Self.page().split(separator: "\n").filter { $0.hasPrefix("{") }.joined(separator: "\n")
        let summary = PlaybackSummary(of: try TraceEvent.events(inLines: lines, of: "trace-schema.md"))
        #expect(summary.meanBitRate == 750_000)
        #expect(summary.segmentCount == 1)
        #expect(abs(summary.stallRatio - 0.0567) < 0.0001)
        #expect(abs(summary.qoe + 6.775) < 1e-12)
    }
}
