/// A message of DHCP (RFC 2131 §2).
package struct DHCPMessage: Sendable, Hashable {
    /// Who speaks: `op`.
    package enum Operation: UInt8, Sendable, Hashable {
        /// A client, or a relay agent for it.
        case request = 1
        /// A server.
        case reply = 2
    }

    /// Option 53 (RFC 2132 §9.6, RFC 3203).
    package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        case discover = 1
        case offer, request, decline, ack, nak, release, inform
        case forceRenew

        /// As documents write it: `DISCOVER`.
        package var name: String {
            switch self {
            case .discover: "DISCOVER"
            case .offer: "OFFER"
            case .request: "REQUEST"
            case .decline: "DECLINE"
            case .ack: "ACK"
            case .nak: "NAK"
            case .release: "RELEASE"
            case .inform: "INFORM"
            case .forceRenew: "FORCERENEW"
            }
        }
    }

    /// Octets in front of the options, with the magic cookie.
    package static let headerLength = 240
    /// Octets that any host takes, without the headers of IP and UDP (RFC 2131 §2).
    package static let guaranteedLength = 548
    /// Octets that old relay agents and clients expect at least (RFC 1542 §2.1).
    package static let minimumLength = 300

    package var operation: Operation
    /// `htype`, `hlen`, `chaddr`.
    package var hardware: HardwareAddress
    /// Relay agents on the way.
    package var hops: UInt8 = 0
    /// `xid`: what the client knows its exchange by.
    package var transactionID: UInt32
    /// `secs`: since the client began.
    package var seconds: UInt16 = 0
    /// Only the first bit, the broadcast flag, has a meaning; the others are kept.
    package var flags: UInt16 = 0
    /// `ciaddr`: the client's address, where it has one and answers ARP for it.
    package var clientAddress = IPv4Address.unspecified
    /// `yiaddr`: the address that the client gets.
    package var yourAddress = IPv4Address.unspecified
    /// `siaddr`: whom to boot from.
    package var nextServer = IPv4Address.unspecified
    /// `giaddr`: the first relay agent.
    package var relayAddress = IPv4Address.unspecified
    /// `sname`: at most 64 octets, without zeros at the end. Empty where options stood in it.
    package var serverName: [UInt8] = []
    /// `file`: at most 128 octets, without zeros at the end. Empty where options stood in it.
    package var bootFile: [UInt8] = []
    package var options = DHCPOptions()

    package init(
        _ operation: Operation, kind: Kind? = nil, hardware: HardwareAddress, transactionID: UInt32
    ) {
        self.operation = operation
        self.hardware = hardware
        self.transactionID = transactionID
        if let kind { options[.messageType] = [kind.rawValue] }
    }

    /// Whether the client cannot take what is sent to an address that it does not have yet (RFC 2131 §4.1).
    package var isBroadcast: Bool {
        get { flags & 0x8000 != 0 }
        set { flags = newValue ? flags | 0x8000 : flags & 0x7FFF }
    }

    /// Nil for BOOTP, and for kinds that this package does not know.
    package var kind: Kind? {
        guard let value = options[.messageType], value.count == 1 else { return nil }
        return Kind(rawValue: value[0])
    }
}
