/// Who has an address, and until when: what outlives the server.
package struct Lease: Sendable, Hashable {
    /// Whose the address is. The raw value is what is on disk.
    package enum State: UInt8, Sendable, Hashable {
        /// A client's, until the lease expires.
        case bound = 1
        /// Given back; the client gets it again while nobody else needs it.
        case released = 2
        /// Somebody else was found to use it: given to nobody until it expires.
        case declined = 3
    }

    package var address: IPv4Address
    package var client: ClientKey
    package var hardware: HardwareAddress
    package var state: State
    /// Seconds since 1970 when the client got it last.
    package var start: Int64
    /// Seconds since 1970; ``never`` for a lease without end.
    package var expiry: Int64
    /// A label that can stand in the DNS; empty where the client has no name, or does not want it published.
    package var hostName = ""
    /// Option 82 as the relay agent gave it; empty without one.
    package var agentInformation: [UInt8] = []

    /// The expiry of a lease without end.
    package static let never = Int64.max

    package init(
        address: IPv4Address, client: ClientKey, hardware: HardwareAddress, state: State, start: Int64, expiry: Int64
    ) {
        self.address = address
        self.client = client
        self.hardware = hardware
        self.state = state
        self.start = start
        self.expiry = expiry
    }
}

/// What a server knows a client by (RFC 2131 §4.2): its identifier, else its hardware address.
package enum ClientKey: Sendable, Hashable {
    /// Option 61.
    case identifier([UInt8])
    case hardware(HardwareAddress)

    /// Nil for a message that says neither.
    package init?(_ message: DHCPMessage) {
        if let identifier = message.options[.clientIdentifier], !identifier.isEmpty {
            self = .identifier(identifier)
        } else if !message.hardware.octets.isEmpty {
            self = .hardware(message.hardware)
        } else {
            return nil
        }
    }

    /// One row of octets that ``init(octets:)`` reads.
    package var octets: [UInt8] {
        switch self {
        case .identifier(let identifier): [1] + identifier
        case .hardware(let hardware): [0, hardware.type] + hardware.octets
        }
    }

    /// Nil for what ``octets`` does not make.
    package init?(octets: [UInt8]) {
        switch octets.first {
        case 1: self = .identifier(Array(octets.dropFirst()))
        case 0:
            guard octets.count >= 2, let hardware = HardwareAddress(type: octets[1], octets.dropFirst(2)) else {
                return nil
            }
            self = .hardware(hardware)
        default: return nil
        }
    }
}

extension ClientKey: CustomStringConvertible {
    package var description: String {
        switch self {
        case .identifier(let identifier):
            if let hardware = HardwareAddress(identifier.dropFirst()), identifier[0] == 1, identifier.count == 7 {
                "id \(hardware)"
            } else {
                "id " + OptionFormat.hexadecimal(identifier).dropFirst(4)
            }
        case .hardware(let hardware): "\(hardware)"
        }
    }
}

/// Names of hosts, as the DNS can have them.
package enum HostName {
    /// One label of letters, digits and hyphens out of what a client says (RFC 1123 §2.1); empty where nothing is left.
    package static func label(_ text: some StringProtocol) -> String {
        var label = ""
        for scalar in text.unicodeScalars.prefix(255) {
            if scalar == "." { break }
            switch scalar {
            case "a"..."z", "0"..."9": label.unicodeScalars.append(scalar)
            case "A"..."Z": label.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value) | 0x20))
            default: if !label.isEmpty, !label.hasSuffix("-") { label.append("-") }
            }
        }
        var result = label.prefix(63)
        while result.hasSuffix("-") { result.removeLast() }
        return String(result)
    }

    /// What a message says of its sender's name: that of option 81, else of option 12; empty where it has none or does not
    /// want it published.
    static func label(in message: DHCPMessage) -> String {
        if let name = message.options.clientFQDN {
            if name.flags.contains(.noUpdates) { return "" }
            if !name.name.isEmpty { return label(name.name) }
        }
        return label(message.options.text(.hostName) ?? "")
    }
}
