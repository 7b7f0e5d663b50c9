import Foundation
import Testing

@testable import NetworkEmulation

/// What `Documentation/bandwidth-profiles.md` shows is what is generated.
@Suite("The profiles' documentation")
struct ProfileDocumentationTests {
    private static let models: [(String, FadingModel)] = [
        ("3g", .hsdpa), ("4g", .lte), ("5g", .newRadio), ("wifi", .wirelessLAN), ("dsl", .subscriberLine),
    ]

    private static func page() throws -> String {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return try String(contentsOf: root.appending(path: "Documentation/bandwidth-profiles.md"), encoding: .utf8)
    }

    @Test("its tables have the models' constants")
    func constants() throws {
        let page = try Self.page()
        for (name, model) in Self.models {
            let head = "| `\(name)` | \(plain(model.deviation)) | \(plain(model.correlation)) |\n"
            #expect(page.contains(head), "\(head)")
            for (index, state) in model.states.enumerated() {
                let next = state.successors.map { "\($0.state): \(plain($0.weight))" }.joined(separator: ", ")
                let latency = plain((state.latency * 1000).rounded())
                let row =
                    "| `\(name)` | \(index) | \(plain(state.level)) | \(plain(state.dwell)) | \(next) | \(latency) |\n"
                #expect(page.contains(row), "\(row)")
            }
        }
    }

    @Test("it names every profile")
    func names() throws {
        let page = try Self.page()
        for profile in ProfileCatalogue.all where !profile.name.hasPrefix("lll-") {
            #expect(page.contains("`\(profile.name)`"), "\(profile.name)")
        }
        #expect(page.contains("`lll-…`"))
    }

    @Test("states do not follow themselves, and their weights are shares")
    func states() {
        for (name, model) in Self.models {
            for (index, state) in model.states.enumerated() {
                #expect(!state.successors.contains { $0.state == index }, "\(name)")
                #expect(state.successors.allSatisfy { model.states.indices.contains($0.state) }, "\(name)")
                #expect(abs(state.successors.reduce(0) { $0 + $1.weight } - 1) < 1e-9, "\(name)")
            }
        }
    }
}
