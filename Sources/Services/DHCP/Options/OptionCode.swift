/// What an option is called (IANA's registry of BOOTP and DHCP parameters).
package struct OptionCode: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let pad = OptionCode(rawValue: 0)
    package static let subnetMask = OptionCode(rawValue: 1)
    package static let routers = OptionCode(rawValue: 3)
    package static let nameServers = OptionCode(rawValue: 6)
    package static let hostName = OptionCode(rawValue: 12)
    package static let domainName = OptionCode(rawValue: 15)
    package static let interfaceMTU = OptionCode(rawValue: 26)
    package static let broadcastAddress = OptionCode(rawValue: 28)
    package static let timeServers = OptionCode(rawValue: 42)
    package static let vendorSpecific = OptionCode(rawValue: 43)
    package static let requestedAddress = OptionCode(rawValue: 50)
    package static let leaseTime = OptionCode(rawValue: 51)
    package static let overload = OptionCode(rawValue: 52)
    package static let messageType = OptionCode(rawValue: 53)
    package static let serverIdentifier = OptionCode(rawValue: 54)
    package static let parameterRequestList = OptionCode(rawValue: 55)
    package static let message = OptionCode(rawValue: 56)
    package static let maximumMessageSize = OptionCode(rawValue: 57)
    package static let renewalTime = OptionCode(rawValue: 58)
    package static let rebindingTime = OptionCode(rawValue: 59)
    package static let vendorClass = OptionCode(rawValue: 60)
    package static let clientIdentifier = OptionCode(rawValue: 61)
    package static let bootFileName = OptionCode(rawValue: 67)
    /// RFC 4039.
    package static let rapidCommit = OptionCode(rawValue: 80)
    /// RFC 4702.
    package static let clientFQDN = OptionCode(rawValue: 81)
    /// RFC 3046.
    package static let relayAgentInformation = OptionCode(rawValue: 82)
    /// RFC 3397.
    package static let domainSearch = OptionCode(rawValue: 119)
    /// RFC 3442.
    package static let classlessRoutes = OptionCode(rawValue: 121)
    package static let end = OptionCode(rawValue: 255)
}

extension OptionCode: CustomStringConvertible {
    /// Reads a name of ``OptionFormat``'s table, or a number of 1 to 254; nil for anything else.
    package init?(_ text: some StringProtocol) {
        if let code = Self.byName[text.lowercased()] {
            self = code
        } else if let number = UInt8(text), number > 0, number < 255, text.first?.isNumber == true {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }

    /// Its name, or its number where there is none.
    package var description: String { name ?? "\(rawValue)" }
}
