/// What a relay agent tells of the port that a client is at (RFC 3046).
package struct RelayAgentInformation: Sendable, Hashable {
    /// A number of a sub-option.
    package struct Code: RawRepresentable, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let circuitID = Code(rawValue: 1)
        package static let remoteID = Code(rawValue: 2)
        /// RFC 3527.
        package static let linkSelection = Code(rawValue: 5)
        /// RFC 3993.
        package static let subscriberID = Code(rawValue: 6)
        /// RFC 5010.
        package static let flags = Code(rawValue: 10)
        /// RFC 5107.
        package static let serverIdentifierOverride = Code(rawValue: 11)
    }

    /// A sub-option, with 0 to 255 octets (RFC 3046 §2.0).
    package struct Element: Sendable, Hashable {
        package let code: Code
        package let value: [UInt8]
    }

    /// In their order.
    package private(set) var elements: [Element] = []

    package init() {}

    /// Reads the value of option 82.
    ///
    /// - Throws: ``DHCPError`` for a sub-option that ends too early, stands there twice, or is an address or flags and does
    ///   not look like it.
    package init(_ value: [UInt8]) throws(DHCPError) {
        var rest = value[...]
        while let number = rest.popFirst() {
            let code = Code(rawValue: number)
            guard let length = rest.popFirst(), rest.count >= Int(length) else {
                throw DHCPError(.malformedOption, "sub-option \(number) of option 82 ends too early")
            }
            let element = Element(code: code, value: Array(rest.prefix(Int(length))))
            let expected: Int? =
                switch code {
                case .linkSelection, .serverIdentifierOverride: 4
                case .flags: 1
                default: nil
                }
            guard expected == nil || expected == element.value.count, self[code] == nil else {
                throw DHCPError(.malformedOption, "sub-option \(number) of option 82 makes no sense")
            }
            elements.append(element)
            rest = rest.dropFirst(Int(length))
        }
    }

    /// The value of a sub-option; nil where there is none. Setting takes at most 255 octets, and puts a new one last; nil
    /// takes it away.
    package subscript(code: Code) -> [UInt8]? {
        get { elements.first { $0.code == code }?.value }
        set {
            let element = newValue.map { Element(code: code, value: Array($0.prefix(255))) }
            if let place = elements.firstIndex(where: { $0.code == code }) {
                elements.replaceSubrange(place...place, with: element.map { [$0] } ?? [])
            } else if let element {
                elements.append(element)
            }
        }
    }

    /// The value of option 82.
    package var value: [UInt8] {
        elements.flatMap { [$0.code.rawValue, UInt8($0.value.count)] + $0.value }
    }

    /// An address in the subnet that the client is to be in, where that is not the relay agent's own (RFC 3527).
    package var linkSelection: IPv4Address? {
        get { self[.linkSelection].flatMap { IPv4Address(octets: $0) } }
        set { self[.linkSelection] = newValue?.octets }
    }

    /// What the client is to take for the server, so that it renews through the relay agent (RFC 5107).
    package var serverIdentifierOverride: IPv4Address? {
        get { self[.serverIdentifierOverride].flatMap { IPv4Address(octets: $0) } }
        set { self[.serverIdentifierOverride] = newValue?.octets }
    }

    /// Whether the client sent the message to the relay agent's address and not to all; nil where it does not say
    /// (RFC 5010).
    package var wasUnicast: Bool? {
        get { self[.flags].map { $0[0] & 0x80 != 0 } }
        set { self[.flags] = newValue.map { [$0 ? 0x80 : 0] } }
    }
}
