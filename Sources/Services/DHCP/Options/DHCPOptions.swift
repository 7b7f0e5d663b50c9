/// The options of a message, each with all of its value, in their order.
package struct DHCPOptions: Sendable, Hashable {
    /// An option with all of its value, where messages may have had it in pieces (RFC 3396).
    package struct Element: Sendable, Hashable {
        package let code: OptionCode
        package fileprivate(set) var value: [UInt8]
    }

    private var elements: [Element] = []

    package init() {}

    /// The value of an option; nil where there is none. Setting puts a new option last; nil takes it away. 0 and 255 are
    /// no options and cannot be set.
    package subscript(code: OptionCode) -> [UInt8]? {
        get { elements.first { $0.code == code }?.value }
        set {
            guard code != .pad, code != .end else { return }
            let place = elements.firstIndex { $0.code == code }
            switch (place, newValue) {
            case (let place?, let value?): elements[place] = Element(code: code, value: value)
            case (let place?, nil): elements.remove(at: place)
            case (nil, let value?): elements.append(Element(code: code, value: value))
            case (nil, nil): break
            }
        }
    }

    // MARK: The wire

    /// Reads options until their end. Parts of one option belong together, wherever they stand (RFC 3396 §7).
    ///
    /// - Throws: ``DHCPError`` for an option that is longer than what is there.
    mutating func read(_ octets: some RandomAccessCollection<UInt8>) throws(DHCPError) {
        var rest = octets[...]
        while let code = rest.popFirst() {
            if code == OptionCode.pad.rawValue { continue }
            if code == OptionCode.end.rawValue { return }
            guard let length = rest.popFirst(), rest.count >= Int(length) else {
                throw DHCPError(.malformedOption, "option \(code) ends too early")
            }
            let option = OptionCode(rawValue: code)
            if let place = elements.firstIndex(where: { $0.code == option }) {
                elements[place].value += rest.prefix(Int(length))
            } else {
                elements.append(Element(code: option, value: Array(rest.prefix(Int(length)))))
            }
            rest = rest.dropFirst(Int(length))
        }
    }

    /// What stands in the three fields of a message that can hold options.
    struct Areas {
        /// With its end.
        var options: [UInt8]
        /// Nil where the field holds no options.
        var file: [UInt8]?
        var name: [UInt8]?
    }

    /// Divides options among the fields.
    ///
    /// - Parameters:
    ///   - room: octets of the options' own field at most.
    ///   - file: octets that are free in `file`.
    ///   - name: octets that are free in `sname`.
    func arranged(room: Int, file: Int, name: Int) -> Areas {
        let agent = elements.first { $0.code == .relayAgentInformation }.map(Self.octets) ?? []
        let others = elements.filter { $0.code != .relayAgentInformation }.map(Self.octets)
        let whole = others.flatMap { $0 }
        if whole.count + agent.count + 1 <= room { return Areas(options: whole + agent + [255]) }
        // Each field needs an end, and the first one the option that tells of the others.
        let limits = [room - agent.count - 4, file - 1, name - 1]
        var fields: [[UInt8]] = [[], [], []]
        for option in others {
            if let place = fields.indices.first(where: { fields[$0].count + option.count <= limits[$0] }) {
                fields[place] += option
            }
        }
        let overload: UInt8 = (fields[1].isEmpty ? 0 : 1) | (fields[2].isEmpty ? 0 : 2)
        if overload > 0 { fields[0] += [OptionCode.overload.rawValue, 1, overload] }
        return Areas(
            options: fields[0] + agent + [255], file: fields[1].isEmpty ? nil : fields[1] + [255],
            name: fields[2].isEmpty ? nil : fields[2] + [255])
    }

    /// An option as it is on the wire: in parts of 255 octets (RFC 3396 §4).
    private static func octets(_ element: Element) -> [UInt8] {
        var octets: [UInt8] = []
        var rest = element.value[...]
        repeat {
            let part = rest.prefix(255)
            octets += [element.code.rawValue, UInt8(part.count)] + part
            rest = rest.dropFirst(part.count)
        } while !rest.isEmpty
        return octets
    }
}

extension DHCPOptions: Sequence {
    package func makeIterator() -> IndexingIterator<[Element]> { elements.makeIterator() }

    package var count: Int { elements.count }
}
