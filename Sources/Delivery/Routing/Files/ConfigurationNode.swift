internal import Yams

/// A part of a YAML file that knows where it stands.
struct ConfigurationNode {
    let path: String
    let node: Node

    /// Octets of a file at most.
    static let largest = 64 << 20

    /// - Throws: ``RoutingError/Code/malformed``, with file and line, for what is no YAML.
    init(_ text: String, path: String) throws(RoutingError) {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw RoutingError(.malformed, "\(path): the file says nothing")
            }
            (self.path, self.node) = (path, node)
        } catch let error as RoutingError {
            throw error
        } catch {
            throw RoutingError(.malformed, Self.describe(error, path))
        }
    }

    private init(_ node: Node, in parent: ConfigurationNode) { (path, self.node) = (parent.path, node) }

    private static func describe(_ error: any Error, _ path: String) -> String {
        guard let error = error as? YamlError else { return "\(path): not readable as YAML" }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "\(path):\(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.sorted().prefix(3).map { PrintableName($0).description }.joined(separator: ", ")
            return "\(path):\(context.mark.line): given twice: \(names)"
        default: return "\(path): not readable as YAML (UTF-8)"
        }
    }

    /// An error at this place.
    func error(_ text: String) -> RoutingError {
        RoutingError(.malformed, "\(path):\(node.mark?.line ?? 1): \(text)")
    }

    // MARK: Structure

    /// Keys, which are texts, and their values, in the file's order; nothing for an empty value.
    func entries() throws(RoutingError) -> [(key: ConfigurationNode, value: ConfigurationNode)] {
        if case .scalar(let scalar) = node, ["", "~", "null"].contains(scalar.string) { return [] }
        guard case .mapping(let mapping) = node else { throw error("keys and values are expected: `key: value`") }
        return mapping.map { (ConfigurationNode($0.key, in: self), ConfigurationNode($0.value, in: self)) }
    }

    /// Values by key, of which no other may be there.
    func fields(_ known: [String]) throws(RoutingError) -> [String: ConfigurationNode] {
        var fields: [String: ConfigurationNode] = [:]
        for (key, value) in try entries() {
            let name = try key.text()
            guard known.contains(name) else {
                throw key.error("\(PrintableName(name)) is not known here; known are \(known.joined(separator: ", "))")
            }
            fields[name] = value
        }
        return fields
    }

    /// Elements of a list; one that is no list is its only element.
    func elements() -> [ConfigurationNode] {
        guard case .sequence(let sequence) = node else { return [self] }
        return sequence.map { ConfigurationNode($0, in: self) }
    }

    func text() throws(RoutingError) -> String {
        guard case .scalar(let scalar) = node else { throw error("a single value is expected") }
        return scalar.string
    }

    /// A name of a region, an edge or a policy.
    func name() throws(RoutingError) -> String {
        let text = try text()
        guard Location.isName(text) else {
            throw error("\(PrintableName(text)) is no name: letters, digits, - _ and . are, up to 63")
        }
        return text
    }

    // MARK: Values

    func value<Value>(_ expected: String, _ read: (String) -> Value?) throws(RoutingError) -> Value {
        let text = try text()
        guard let value = read(text) else { throw error("\(PrintableName(text)) is not \(expected)") }
        return value
    }

    func number(_ range: ClosedRange<Double>, _ expected: String) throws(RoutingError) -> Double {
        try value(expected) { Double($0).flatMap { range.contains($0) ? $0 : nil } }
    }

    func integer(_ range: ClosedRange<Int>, _ expected: String) throws(RoutingError) -> Int {
        try value(expected) { Int($0).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// `0.9` or `90%`.
    func share(_ expected: String) throws(RoutingError) -> Double {
        try value(expected) { text in
            let number = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
            return number.flatMap { (0...100).contains($0) ? $0 : nil }
        }
    }

    /// `500ms`, `2s`, `5m`, `1h`, or seconds without a unit.
    func seconds(_ range: ClosedRange<Double>, _ expected: String) throws(RoutingError) -> Double {
        try value(expected) { text in
            let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600)]
            let unit = units.first { text.hasSuffix($0.0) }
            let digits = text.dropLast(unit?.0.count ?? 0)
            guard digits.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }), let number = Double(digits) else {
                return nil
            }
            let seconds = number * (unit?.1 ?? 1)
            return range.contains(seconds) ? seconds : nil
        }
    }

    /// `800 Mb/s`, `1Gb/s`, or bits per second without a unit.
    func rate() throws(RoutingError) -> Double {
        try value("a rate above zero, as 800 Mb/s or 1Gb/s") { text in
            let units: [(String, Double)] = [("kb/s", 1e3), ("Mb/s", 1e6), ("Gb/s", 1e9), ("Tb/s", 1e12), ("b/s", 1)]
            let unit = units.first { text.hasSuffix($0.0) }
            let digits = text.dropLast(unit?.0.count ?? 0).trimming(while: \.isWhitespace)
            guard digits.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }), let number = Double(digits) else {
                return nil
            }
            let rate = number * (unit?.1 ?? 1)
            return rate > 0 && rate.isFinite ? rate : nil
        }
    }

    func flag() throws(RoutingError) -> Bool {
        try value("true or false") { ["true": true, "false": false][$0] }
    }
}

/// A text of a file as an error quotes it: in quotation marks, one line, not too long.
struct PrintableName: CustomStringConvertible {
    let description: String

    init(_ text: some StringProtocol) {
        let clean = text.unicodeScalars.prefix(60).map { $0.value < 32 || $0.value == 127 ? "?" : String($0) }
        description = "\"" + clean.joined() + (text.unicodeScalars.count > 60 ? "…" : "") + "\""
    }
}

extension Substring {
    fileprivate func trimming(while isUnwanted: (Character) -> Bool) -> Substring {
        var rest = drop(while: isUnwanted)
        while let last = rest.last, isUnwanted(last) { rest.removeLast() }
        return rest
    }
}
