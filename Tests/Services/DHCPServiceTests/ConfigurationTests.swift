import DHCP
import DHCPService
import Foundation
import Testing

@Suite("The configuration of a DHCP server")
struct DHCPConfigurationFileTests {
    @Test("is read with all its settings")
    func everything() throws {
        let configuration = try DHCPConfigurationFile.read(
            """
            options:
              name-servers: [192.0.2.53, 192.0.2.54]
              43: hex:0102
            limits:
              offer-time: 30s
              addresses-per-port: 4
              link-rate: [10, 20]
            subnets:
              - subnet: 192.0.2.0/24
                interfaces: [eth1]
                relays: [192.0.2.2, 10.0.0.0/8]
                pools: [192.0.2.100-192.0.2.199, 192.0.2.210]
                exclude: 192.0.2.150-192.0.2.159
                lease-time: 10m
                renewal-time: 4m
                next-server: 192.0.2.9
                boot-file: kernel
                rapid-commit: true
                probe: false
                domain: LAN.test.
                options:
                  routers: 192.0.2.1
                  domain-search: [lan.test, cdn.test]
                  classless-routes: ["10.0.0.0/8 via 192.0.2.1"]
                  name-servers: 192.0.2.55
                reservations:
                  - hardware: 02:00:00:00:00:01
                    address: 192.0.2.10
                    host-name: camera
                    options: {interface-mtu: 1400}
                  - client-id: hex:ff00
                    address: 192.0.2.11
              - subnet: 198.51.100.0/24
            """, file: "dhcp.yaml")
        let subnet = try #require(configuration.subnets.first)
        #expect(configuration.subnets.count == 2 && subnet.links == ["eth1"] && subnet.relays.count == 2)
        #expect(
            subnet.pools == [
                IPv4Address(192, 0, 2, 100)...IPv4Address(192, 0, 2, 199),
                IPv4Address(192, 0, 2, 210)...IPv4Address(192, 0, 2, 210),
            ])
        #expect(subnet.exclusions == [IPv4Address(192, 0, 2, 150)...IPv4Address(192, 0, 2, 159)])
        #expect(subnet.leaseTime == 600 && subnet.renewalTime == 240 && subnet.maximumLeaseTime == 86_400)
        #expect(subnet.nextServer == IPv4Address(192, 0, 2, 9) && subnet.bootFile == "kernel")
        #expect(subnet.allowsRapidCommit && !subnet.probes && subnet.domain == "lan.test")
        #expect(subnet.options.addresses(.nameServers) == [IPv4Address(192, 0, 2, 55)])
        #expect(subnet.options[.vendorSpecific] == [1, 2] && subnet.options.domainSearch == ["lan.test", "cdn.test"])
        #expect(subnet.options.classlessRoutes.count == 1)
        #expect(subnet.reservations.count == 2 && subnet.reservations[0].hostName == "camera")
        #expect(subnet.reservations[0].options.short(.interfaceMTU) == 1_400)
        #expect(configuration.subnets[1].options.addresses(.nameServers).count == 2)
        #expect(configuration.limits.offerTime == 30 && configuration.limits.addressesPerPort == 4)
        #expect(configuration.limits.linkRate == .init(rate: 10, burst: 20))
    }

    @Test("that the documentation shows can be used")
    func example() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let text = try String(contentsOf: root.appending(path: "Documentation/examples/dhcp.yaml"), encoding: .utf8)
        let configuration = try DHCPConfigurationFile.read(text, file: "dhcp.yaml")
        #expect(configuration.subnets.count == 2 && configuration.subnets[1].reservations.count == 1)
    }

    @Test(
        "that is wrong is refused with line and key",
        arguments: [
            ("", "dhcp.yaml", "says nothing"), ("subnets: [", "dhcp.yaml", "no YAML"),
            ("subnets: []", "dhcp.yaml:1", "no subnet"),
            ("subnets:\n  - subnet: 192.0.2.1/24", ":2", "subnets[0].subnet"),
            ("subnets:\n  - pools: 192.0.2.1", ":2", "network is missing"),
            ("subnets:\n  - subnet: 192.0.2.0/24\n    pool: 1", ":3", "no such setting"),
            ("subnets:\n  - subnet: 192.0.2.0/24\n    pools: [10.0.0.1-10.0.0.9]", ":3", "subnets[0].pools[0]"),
            (
                "subnets:\n  - subnet: 192.0.2.0/24\n    pools:\n      - 192.0.2.9-192.0.2.1", ":4",
                "subnets[0].pools[0]"
            ),
            (
                "subnets:\n  - subnet: 192.0.2.0/24\n    lease-time: soon", ":3",
                "subnets[0].lease-time: \"soon\" is not a time"
            ),
            ("subnets:\n  - subnet: 192.0.2.0/24\n    options:\n      routers: nowhere", ":4", "options.routers"),
            ("subnets:\n  - subnet: 192.0.2.0/24\n    options:\n      lease-time: 5", ":4", "server itself"),
            ("subnets:\n  - subnet: 192.0.2.0/24\n    options:\n      frobs: 5", ":4", "no option"),
            ("subnets:\n  - subnet: 192.0.2.0/24\n  - subnet: 192.0.2.128/25", ":3", "overlaps"),
            ("subnets:\n  - subnet: 192.0.2.0/24\n    reservations:\n      - address: 192.0.2.1", ":4", "whom"),
            (
                "subnets:\n  - subnet: 192.0.2.0/24\n    reservations:\n      - {hardware: x, address: 192.0.2.1}",
                ":4", "hardware"
            ),
            (
                "subnets:\n  - subnet: 192.0.2.0/24\n    reservations:\n      - {client-id: a, address: 10.0.0.1}",
                ":4", "no host"
            ),
            ("subnets:\n  - subnet: 192.0.2.0/24\n    rapid-commit: perhaps", ":3", "true or false"),
            ("subnets:\n  - subnet: 192.0.2.0/24\n    interfaces:\n    next-server: x", ":4", "\"x\" is not an IPv4"),
            ("subnets:", "dhcp.yaml:1", "no subnet"), ("limits: {quarantine-share: 2}", ":1", "\"2\" is not a share"),
            ("limits: {link-rate: -1}\nsubnets:\n  - subnet: 192.0.2.0/24", ":1", "rate"),
            ("subnets:\n  - subnet: 192.0.2.0/24\n    subnet: 10.0.0.0/8", "dhcp.yaml", "subnet"),
        ])
    func faults(text: String, place: String, words: String) {
        do {
            _ = try DHCPConfigurationFile.read(text, file: "dhcp.yaml")
            Issue.record("read without an error: \(text)")
        } catch {
            #expect("\(error)".contains(place) && "\(error)".contains(words), "\(error)")
        }
    }
}
