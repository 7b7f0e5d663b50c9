/// Options as what they mean; nil where there is none, or one that does not have its form.
extension DHCPOptions {
    /// A number of one octet.
    package func octet(_ code: OptionCode) -> UInt8? {
        guard let value = self[code], value.count == 1 else { return nil }
        return value[0]
    }

    /// A number of two octets.
    package func short(_ code: OptionCode) -> UInt16? {
        guard let value = self[code], value.count == 2 else { return nil }
        return UInt16(value[0]) << 8 | UInt16(value[1])
    }

    /// A number of four octets, such as a time in seconds.
    package func long(_ code: OptionCode) -> UInt32? {
        guard let value = self[code], value.count == 4 else { return nil }
        return value.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// A single address.
    package func address(_ code: OptionCode) -> IPv4Address? { self[code].flatMap { IPv4Address(octets: $0) } }

    /// Empty where there are none.
    package func addresses(_ code: OptionCode) -> [IPv4Address] {
        guard let value = self[code], value.count.isMultiple(of: 4) else { return [] }
        return stride(from: 0, to: value.count, by: 4).compactMap { IPv4Address(octets: value[$0..<$0 + 4]) }
    }

    /// Characters up to the first zero.
    package func text(_ code: OptionCode) -> String? {
        self[code].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// What the client wants to know, in the order of its wishes (option 55).
    package var requestedCodes: [OptionCode] {
        (self[.parameterRequestList] ?? []).map(OptionCode.init(rawValue:))
    }

    /// Option 82.
    package var relayAgentInformation: RelayAgentInformation? {
        guard let value = self[.relayAgentInformation] else { return nil }
        return try? RelayAgentInformation(value)
    }

    /// Option 81.
    package var clientFQDN: ClientFQDN? {
        guard let value = self[.clientFQDN] else { return nil }
        return try? ClientFQDN(value)
    }

    /// Option 121.
    package var classlessRoutes: [ClasslessRoute] {
        guard let value = self[.classlessRoutes] else { return [] }
        return (try? ClasslessRoute.routes(in: value)) ?? []
    }

    /// Option 119.
    package var domainSearch: [String] {
        guard let value = self[.domainSearch] else { return [] }
        return (try? DomainSearch.names(in: value)) ?? []
    }

    package mutating func set(_ code: OptionCode, _ address: IPv4Address) { self[code] = address.octets }

    package mutating func set(_ code: OptionCode, _ addresses: [IPv4Address]) {
        self[code] = addresses.flatMap(\.octets)
    }

    /// Sets a number of four octets.
    package mutating func set(_ code: OptionCode, long number: UInt32) {
        self[code] = IPv4Address(rawValue: number).octets
    }

    /// Sets a number of two octets.
    package mutating func set(_ code: OptionCode, short number: UInt16) {
        self[code] = [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    /// Sets text as UTF-8, without a zero at its end.
    package mutating func set(_ code: OptionCode, text: String) { self[code] = Array(text.utf8) }
}
