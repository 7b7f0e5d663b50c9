import DHCP
import DHCPService
import Foundation

/// A server without sockets that takes one message after the other from standard input, as hexadecimal lines, and writes what
/// it sends: what `KilledServerTests` kills.
///
/// `DHCPStoreChild FOLDER`: each line of input is answered with `answer HEX`, or `nothing`. `hold` as a line has it write
/// the leases of the next message, say `written`, and then wait for ever: as a process is that dies before its answer.
@main
struct DHCPStoreChild {
    static func main() throws {
        let store = try LeaseStore(folder: CommandLine.arguments[1])
        guard let network = IPv4Network("192.0.2.0/24") else { return }
        var subnet = DHCPServerConfiguration.Subnet(network)
        subnet.pools = [IPv4Address(192, 0, 2, 10)...IPv4Address(192, 0, 2, 19)]
        subnet.probes = false
        var configuration = DHCPServerConfiguration()
        configuration.subnets = [subnet]
        let link = DHCPServerEngine.Link(
            name: "lan", addresses: [.init(IPv4Address(192, 0, 2, 1), in: network)])
        var engine = DHCPServerEngine(
            configuration: configuration, links: [link], leases: try store.leases(), now: now)
        var isHeld = false
        while let line = readLine() {
            if line == "hold" {
                isHeld = true
                continue
            }
            var answer: String?
            var commands = engine.receive(
                try OptionFormat.octets.value(["hex:" + line]), from: .init(link: "lan", destination: .broadcast),
                now: now)[...]
            while let command = commands.popFirst() {
                switch command {
                case .commit(let lease, let ticket):
                    try store.write([lease])
                    if isHeld {
                        say("written")
                        while true { pause() }
                    }
                    commands += engine.committed(ticket, isDurable: true, now: now)
                case .send(let reply): answer = OptionFormat.octets.words(reply.message.encoded())[0]
                case .probe, .tell, .note: break
                }
            }
            say(answer.map { "answer " + $0.dropFirst(4) } ?? "nothing")
        }
    }

    private static var now: Double { Date().timeIntervalSince1970 }

    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
