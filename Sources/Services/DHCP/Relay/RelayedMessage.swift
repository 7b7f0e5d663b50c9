/// A message as a relay agent sees it: octets that stay as they are but for what the agent is there to change.
///
/// Messages of BOOTP, without options, are relayed too (RFC 1542).
package struct RelayedMessage: Sendable, Hashable {
    /// Octets of BOOTP's header without the area of options.
    private static let fixedLength = 236
    private static let hopsPlace = 3
    private static let relayPlace = 24

    package private(set) var octets: [UInt8]
    /// Where option 82 stands, part by part, and where the end of options does; nil without options.
    private var options: (information: [Range<Int>], end: Int)?

    package static func == (left: RelayedMessage, right: RelayedMessage) -> Bool { left.octets == right.octets }
    package func hash(into hasher: inout Hasher) { hasher.combine(octets) }

    /// - Throws: ``DHCPError`` for what is no message, and for options that end too early.
    package init(_ octets: [UInt8]) throws(DHCPError) {
        guard octets.count >= Self.fixedLength else {
            throw DHCPError(.malformedMessage, "the message has \(octets.count) octets, fewer than its header")
        }
        guard (1...2).contains(octets[0]), octets[2] <= 16 else {
            throw DHCPError(.malformedMessage, "the message is neither request nor reply, or of no known link")
        }
        self.octets = octets
        try scan()
    }

    /// Looks where options stand.
    private mutating func scan() throws(DHCPError) {
        options = nil
        guard octets.count >= DHCPMessage.headerLength,
            octets[Self.fixedLength..<DHCPMessage.headerLength].elementsEqual([99, 130, 83, 99])
        else { return }
        var (place, information) = (DHCPMessage.headerLength, [Range<Int>]())
        // The end may be missing where options fill the message.
        while place < octets.count, octets[place] != OptionCode.end.rawValue {
            guard octets[place] != OptionCode.pad.rawValue else {
                place += 1
                continue
            }
            guard place + 1 < octets.count, place + 2 + Int(octets[place + 1]) <= octets.count else {
                throw DHCPError(.malformedOption, "option \(octets[place]) ends too early")
            }
            let next = place + 2 + Int(octets[place + 1])
            if octets[place] == OptionCode.relayAgentInformation.rawValue { information.append(place..<next) }
            place = next
        }
        options = (information, place)
    }

    // MARK: Fields

    package var isReply: Bool { octets[0] == 2 }

    package var hops: UInt8 {
        get { octets[Self.hopsPlace] }
        set { octets[Self.hopsPlace] = newValue }
    }

    /// `secs`: since the client began.
    package var seconds: UInt16 { UInt16(octets[8]) << 8 | UInt16(octets[9]) }
    package var isBroadcast: Bool { octets[10] & 0x80 != 0 }
    /// `ciaddr`
    package var clientAddress: IPv4Address { address(at: 12) }
    /// `yiaddr`
    package var yourAddress: IPv4Address { address(at: 16) }

    /// `giaddr`
    package var relayAddress: IPv4Address {
        get { address(at: Self.relayPlace) }
        set { octets.replaceSubrange(Self.relayPlace..<Self.relayPlace + 4, with: newValue.octets) }
    }

    /// `htype`, `hlen`, `chaddr`
    package var hardware: HardwareAddress {
        HardwareAddress(type: octets[1], octets[28..<28 + Int(octets[2])]) ?? .broadcast
    }

    private func address(at place: Int) -> IPv4Address {
        IPv4Address(rawValue: octets[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) })
    }

    // MARK: Option 82

    package var hasOptions: Bool { options != nil }

    /// The value of option 82, all its parts together; nil where there is none.
    package var information: [UInt8]? {
        guard let parts = options?.information, !parts.isEmpty else { return nil }
        return parts.flatMap { octets[$0].dropFirst(2) }
    }

    /// Puts option 82 last, instead of any that is there (RFC 3046 §2.1); nil takes it away. All else stays as it is, and the
    /// message as long as BOOTP wants it at least.
    ///
    /// - Parameter value: at most 255 octets.
    package mutating func setInformation(_ value: [UInt8]?) {
        guard let options, (value?.count ?? 0) <= 255 else { return }
        // What is behind the end means nothing.
        octets.removeSubrange(options.end...)
        for part in options.information.reversed() { octets.removeSubrange(part) }
        var parts: [Range<Int>] = []
        if let value {
            octets += [OptionCode.relayAgentInformation.rawValue, UInt8(value.count)] + value
            parts.append(octets.count - 2 - value.count..<octets.count)
        }
        self.options = (parts, octets.count)
        octets.append(OptionCode.end.rawValue)
        if octets.count < DHCPMessage.minimumLength {
            octets += [UInt8](repeating: 0, count: DHCPMessage.minimumLength - octets.count)
        }
    }
}
