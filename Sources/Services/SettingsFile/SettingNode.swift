internal import Yams

/// A part of a YAML file that knows where it stands, so that each error can say so.
package struct SettingNode<Failure: SettingFailure> {
    /// Where it stands: of a value, the line of its key.
    package let place: SettingPlace
    private let node: Node

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - text: the file's content.
    ///   - file: its name, for errors.
    ///   - limit: octets at most.
    /// - Throws: the caller's error, with file and line, for what is no YAML, is too large or says nothing.
    package init(_ text: String, file: String, limit: Int) throws(Failure) {
        guard text.utf8.count <= limit else {
            throw Failure(setting: "the file has more than \(limit) octets", at: SettingPlace(file: file))
        }
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch { throw Self.failure(error, file) }
        guard let root else { throw Failure(setting: "the file says nothing", at: SettingPlace(file: file)) }
        self.init(root, at: SettingPlace(file: file, line: root.mark?.line))
    }

    private init(_ node: Node, at place: SettingPlace) { (self.node, self.place) = (node, place) }

    private static func failure(_ error: any Error, _ file: String) -> Failure {
        var (problem, line) = ("no YAML: not readable as UTF-8 text", Int?.none)
        switch error as? YamlError {
        case .scanner(let context, let text, let mark, _), .parser(let context, let text, let mark, _),
            .composer(let context, let text, let mark, _):
            let start = context.map { "\($0.text) in line \($0.mark.line): " } ?? ""
            (problem, line) = ("no YAML: \(start)\(text)", mark.line)
        case .reader(let text, _, _, _): problem = "no YAML: \(text)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.sorted().prefix(3).map { PrintableName($0).description }
            (problem, line) = ("given twice: \(names.joined(separator: ", "))", context.mark.line)
        default: break
        }
        return Failure(setting: problem, at: SettingPlace(file: file, line: line))
    }

    /// An error at this place.
    ///
    /// - Parameter problem: what is wrong, and what to do.
    package func error(_ problem: String) -> Failure { Failure(setting: problem, at: place) }

    // MARK: Structure

    /// Whether nothing stands behind the key.
    private var isNothing: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// Keys, which are texts, and their values, in the file's order; none for an empty value.
    ///
    /// A key's place is its own line in what it is a key of.
    ///
    /// - Throws: the caller's error where something else stands.
    package func entries() throws(Failure) -> [(key: SettingNode, value: SettingNode)] {
        if isNothing { return [] }
        guard case .mapping(let mapping) = node else { throw error("keys and values are expected: `key: value`") }
        var entries: [(key: SettingNode, value: SettingNode)] = []
        for (keyNode, valueNode) in mapping {
            var place = place
            place.line = keyNode.mark?.line ?? place.line
            let key = SettingNode(keyNode, at: place)
            place.path.append(.key(try key.text()))
            entries.append((key, SettingNode(valueNode, at: place)))
        }
        return entries
    }

    /// Values and the names of their keys, in the file's order.
    ///
    /// - Parameter known: all keys that there may be.
    /// - Throws: the caller's error for another key.
    package func settings(_ known: [String]) throws(Failure) -> [(name: String, value: SettingNode)] {
        var settings: [(name: String, value: SettingNode)] = []
        for (key, value) in try entries() {
            let name = try key.text()
            guard known.contains(name) else {
                throw value.error("there is no such setting; known are \(known.joined(separator: ", "))")
            }
            settings.append((name, value))
        }
        return settings
    }

    /// Values by key.
    ///
    /// - Parameter known: all keys that there may be.
    /// - Throws: the caller's error for another key.
    package func fields(_ known: [String]) throws(Failure) -> [String: SettingNode] {
        Dictionary(try settings(known).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Elements of a list; what is no list is its only element, and an empty value has none.
    package func elements() -> [SettingNode] {
        guard case .sequence(let sequence) = node else { return isNothing ? [] : [self] }
        return sequence.enumerated().map { index, element in
            SettingNode(
                element,
                at: SettingPlace(
                    file: place.file, line: element.mark?.line ?? place.line, path: place.path + [.element(index)]))
        }
    }

    /// A single value, as it is written.
    ///
    /// - Throws: the caller's error where something else stands.
    package func text() throws(Failure) -> String {
        guard case .scalar(let scalar) = node else { throw error("a single value is expected") }
        return scalar.string
    }

    /// What a path leads to, or the last that there is on the way; its place has the whole path.
    ///
    /// - Parameter path: from here, with keys that are words: `subnets[0].pools[1]`.
    package func descendant(at path: String) -> SettingNode {
        let steps = SettingPlace.steps(path)
        var found = self
        search: for step in steps {
            var next: SettingNode?
            switch step {
            case .key(let name): next = try? found.entries().first { $0.value.place.path.last == .key(name) }?.value
            case .element(let index): next = found.elements().dropFirst(index).first
            }
            guard let next else { break search }
            found = next
        }
        return SettingNode(
            found.node, at: SettingPlace(file: place.file, line: found.place.line, path: place.path + steps))
    }
}
