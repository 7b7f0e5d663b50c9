/// A path as a client sees it: absolute, from the root that the client was given, which nothing leads out of.
package struct VirtualPath: Sendable, Hashable, CustomStringConvertible {
    /// None of them is empty, `.` or `..`, or has `/` or a control character.
    package let components: [String]

    package static let root = VirtualPath(components: [])

    private init(components: [String]) { self.components = components }

    /// Reads a path; `..` above the root stays at the root. Nil when a component is longer than 255 octets or has a control
    /// character, which no reply and no listing could show, or when there are more than 100.
    ///
    /// - Parameters:
    ///   - text: with `/` between components; a relative one begins at `base`.
    ///   - base: the working directory.
    package init?(_ text: some StringProtocol, from base: VirtualPath = .root) {
        var components = text.hasPrefix("/") ? [] : base.components
        for component in text.split(separator: "/") where component != "." {
            if component == ".." {
                _ = components.popLast()
            } else {
                guard component.utf8.count <= 255, !component.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                    return nil
                }
                components.append(String(component))
            }
        }
        guard components.count <= 100 else { return nil }
        self.components = components
    }

    /// The directory that it is in; nil for the root.
    package var parent: VirtualPath? { components.isEmpty ? nil : VirtualPath(components: components.dropLast()) }
    package var name: String? { components.last }

    /// What is called `name` in this directory; nil when that is no name.
    package func appending(_ name: String) -> VirtualPath? {
        name.contains("/") || name == ".." || name == "." || name.isEmpty ? nil : VirtualPath(name, from: self)
    }

    package var description: String { "/" + components.joined(separator: "/") }
    /// Between quotation marks, with those of its own doubled (RFC 959 appendix II).
    var quoted: String { "\"" + description.replacing("\"", with: "\"\"") + "\"" }
}
