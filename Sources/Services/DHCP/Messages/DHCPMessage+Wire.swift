extension DHCPMessage {
    private static let magicCookie: [UInt8] = [99, 130, 83, 99]
    private static let nameLength = 64
    private static let fileLength = 128

    /// Reads a datagram. Options are taken apart and put together (RFC 3396), but what is in them is not looked at: that is
    /// ``checkOptions()``.
    ///
    /// - Throws: ``DHCPError`` for what is no DHCP message, and for options that end too early.
    package init(_ octets: [UInt8]) throws(DHCPError) {
        guard octets.count >= Self.headerLength else {
            throw DHCPError(.malformedMessage, "the message has \(octets.count) octets, fewer than its header")
        }
        guard Array(octets[236..<240]) == Self.magicCookie else {
            throw DHCPError(.malformedMessage, "the message is one of BOOTP, without options")
        }
        guard let operation = Operation(rawValue: octets[0]) else {
            throw DHCPError(.malformedMessage, "the message is neither request nor reply: op is \(octets[0])")
        }
        guard octets[2] <= 16, let hardware = HardwareAddress(type: octets[1], octets[28..<28 + Int(octets[2])]) else {
            throw DHCPError(.malformedMessage, "the hardware address has \(octets[2]) octets, more than 16")
        }
        self.init(operation, hardware: hardware, transactionID: Self.long(octets, 4))
        hops = octets[3]
        seconds = UInt16(octets[8]) << 8 | UInt16(octets[9])
        flags = UInt16(octets[10]) << 8 | UInt16(octets[11])
        clientAddress = IPv4Address(rawValue: Self.long(octets, 12))
        yourAddress = IPv4Address(rawValue: Self.long(octets, 16))
        nextServer = IPv4Address(rawValue: Self.long(octets, 20))
        relayAddress = IPv4Address(rawValue: Self.long(octets, 24))

        let name = octets[44..<108]
        let file = octets[108..<236]
        try options.read(octets[Self.headerLength...])
        var overload: UInt8 = 0
        if let value = options[.overload] {
            guard value.count == 1, (1...3).contains(value[0]) else {
                throw DHCPError(.malformedOption, "option 52 (overload) is not 1, 2 or 3")
            }
            overload = value[0]
            options[.overload] = nil
            // In this order (RFC 3396 §5).
            if overload & 1 != 0 { try options.read(file) }
            if overload & 2 != 0 { try options.read(name) }
            guard options[.overload] == nil else {
                throw DHCPError(.malformedOption, "option 52 (overload) stands where it has no meaning")
            }
        }
        if overload & 1 == 0 { bootFile = Self.trimmed(file) }
        if overload & 2 == 0 { serverName = Self.trimmed(name) }
    }

    private static func long(_ octets: [UInt8], _ place: Int) -> UInt32 {
        octets[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func trimmed(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var field = field
        while field.last == 0 { field.removeLast() }
        return Array(field)
    }

    /// The datagram: options in their order, the relay agent's last (RFC 3046 §2.1).
    ///
    /// What does not fit behind the header goes to `file` and `sname`, where they are free (RFC 2132 §9.3). What does not
    /// fit there either is left out as a whole, from the end, but never the relay agent's information; order options by
    /// weight.
    ///
    /// - Parameter limit: octets that the receiver takes, without the headers of IP and UDP; no fewer than
    ///   ``guaranteedLength`` count.
    package func encoded(limit: Int = guaranteedLength) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(Self.guaranteedLength)
        octets += [operation.rawValue, hardware.type, UInt8(hardware.octets.count), hops]
        octets += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: transactionID >> $0) }
        for number in [seconds, flags] {
            octets += [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
        }
        for address in [clientAddress, yourAddress, nextServer, relayAddress] { octets += address.octets }
        octets += Self.padded(hardware.octets, 16)
        let room = max(limit, Self.guaranteedLength) - Self.headerLength
        let areas = options.arranged(
            room: room, file: bootFile.isEmpty ? Self.fileLength : 0, name: serverName.isEmpty ? Self.nameLength : 0)
        octets += Self.padded(areas.name ?? serverName, Self.nameLength)
        octets += Self.padded(areas.file ?? bootFile, Self.fileLength)
        octets += Self.magicCookie
        octets += areas.options
        return Self.padded(octets, max(octets.count, Self.minimumLength))
    }

    private static func padded(_ octets: [UInt8], _ length: Int) -> [UInt8] {
        octets.prefix(length) + [UInt8](repeating: 0, count: max(0, length - octets.count))
    }
}
