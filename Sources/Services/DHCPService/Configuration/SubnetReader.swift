internal import DHCP
internal import SettingsFile

/// Reads one subnet of a configuration.
struct SubnetReader {
    /// Options of all subnets.
    let shared: DHCPSetting?

    private static let keys = [
        "subnet", "interfaces", "relays", "pools", "exclude", "reservations", "options", "lease-time", "min-lease-time",
        "max-lease-time", "renewal-time", "rebinding-time", "next-server", "boot-file", "rapid-commit", "probe",
        "require-agent-information", "domain",
    ]

    func subnet(_ node: DHCPSetting) throws(DHCPError) -> DHCPServerConfiguration.Subnet {
        let settings = try node.settings(Self.keys)
        guard let network = settings.first(where: { $0.name == "subnet" })?.value else {
            throw node.error("the subnet's network is missing: subnet: 192.0.2.0/24")
        }
        var subnet = DHCPServerConfiguration.Subnet(try network.network())
        if let shared { try Self.options(shared, &subnet.options) }
        var hasMinimum = false
        var hasMaximum = false
        for (key, value) in settings {
            switch key {
            case "interfaces": subnet.links = Set(try value.words())
            case "relays": subnet.relays = try value.list { item throws(DHCPError) in try item.network() }
            case "pools": subnet.pools = try value.list { item throws(DHCPError) in try item.range() }
            case "exclude": subnet.exclusions = try value.list { item throws(DHCPError) in try item.range() }
            case "reservations":
                subnet.reservations = try value.list { item throws(DHCPError) in try Self.reservation(item) }
            case "options": try Self.options(value, &subnet.options)
            case "lease-time": subnet.leaseTime = try value.duration()
            case "min-lease-time": (subnet.minimumLeaseTime, hasMinimum) = (try value.duration(), true)
            case "max-lease-time": (subnet.maximumLeaseTime, hasMaximum) = (try value.duration(), true)
            case "renewal-time": subnet.renewalTime = try value.duration()
            case "rebinding-time": subnet.rebindingTime = try value.duration()
            case "next-server": subnet.nextServer = try value.address()
            case "boot-file": subnet.bootFile = try value.text()
            case "rapid-commit": subnet.allowsRapidCommit = try value.flag()
            case "probe": subnet.probes = try value.flag()
            case "require-agent-information": subnet.requiresAgentInformation = try value.flag()
            case "domain":
                do {
                    subnet.domain = try DomainSearch.labels(of: try value.text()).joined(separator: ".").lowercased()
                } catch {
                    throw value.error(error.description)
                }
            default: break
            }
        }
        if !hasMinimum { subnet.minimumLeaseTime = min(subnet.minimumLeaseTime, subnet.leaseTime) }
        if !hasMaximum { subnet.maximumLeaseTime = max(subnet.maximumLeaseTime, subnet.leaseTime) }
        return subnet
    }

    private static func options(_ node: DHCPSetting, _ options: inout DHCPOptions) throws(DHCPError) {
        for (key, value) in try node.entries() {
            guard let code = OptionCode(try key.text()) else {
                throw value.error("there is no option of this name; its number is understood too")
            }
            guard !DHCPServerEngine.isOfServer(code), code != .subnetMask else {
                throw value.error("the server itself sets this option")
            }
            do {
                options[code] = try code.format.value(try value.words())
            } catch {
                throw error.place == nil ? value.error(error.description) : error
            }
        }
    }

    private static func reservation(
        _ node: DHCPSetting
    ) throws(DHCPError) -> DHCPServerConfiguration.Reservation {
        var key: DHCPServerConfiguration.Reservation.Key?
        var address: IPv4Address?
        var hostName = ""
        var options = DHCPOptions()
        for (name, value) in try node.settings([
            "hardware", "client-id", "circuit-id", "address", "host-name", "options",
        ]) {
            switch name {
            case "address": address = try value.address()
            case "host-name":
                hostName = try value.value("a label of small letters, digits and hyphens") {
                    HostName.label($0) == $0 && !$0.isEmpty ? $0 : nil
                }
            case "options": try Self.options(value, &options)
            default:
                guard key == nil else {
                    throw value.error("a reservation is for one of hardware, client-id and circuit-id")
                }
                key = try Self.key(name, value)
            }
        }
        guard let key else { throw node.error("whom is it for? hardware, client-id or circuit-id is missing") }
        guard let address else { throw node.error("the address is missing") }
        var reservation = DHCPServerConfiguration.Reservation(key, address)
        reservation.hostName = hostName
        reservation.options = options
        return reservation
    }

    private static func key(
        _ name: String, _ value: DHCPSetting
    ) throws(DHCPError) -> DHCPServerConfiguration.Reservation.Key {
        if name == "hardware" {
            return .hardware(try value.value("an address, as 02:00:5e:10:00:01") { HardwareAddress($0) })
        }
        let text = try value.text()
        let octets: [UInt8]
        do { octets = try OptionFormat.octets.value([text]) } catch { throw value.error(error.description) }
        return name == "client-id" ? .client(octets) : .circuit(octets)
    }
}
