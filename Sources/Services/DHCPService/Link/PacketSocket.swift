internal import CLinkLayer
internal import DHCP
internal import Foundation
internal import Synchronization

/// The frames of one protocol on one interface, without their Ethernet headers.
final class PacketSocket: Sendable {
    /// A frame's content and its sender.
    struct Packet: Sendable {
        var octets: [UInt8]
        var sender: HardwareAddress
        var isChecksumPending: Bool
    }

    enum Kind: Sendable {
        case arp
        /// UDP to one port, unless in fragments; nil lets nothing in, for a socket that only sends.
        case datagrams(port: UInt16?)

        fileprivate var protocolNumber: UInt16 { UInt16(self.isARP ? ETH_P_ARP : ETH_P_IP) }

        private var isARP: Bool { if case .arp = self { true } else { false } }

        /// A program for the kernel's filter machine; offsets count from the first octet behind the Ethernet header.
        fileprivate var filter: [sock_filter] {
            let (all, nothing) = (Self.step(BPF_RET | BPF_K, 0xFFFF_FFFF), Self.step(BPF_RET | BPF_K, 0))
            switch self {
            case .arp: return [all]
            case .datagrams(nil): return [nothing]
            case .datagrams(let port?):
                return [
                    Self.step(BPF_LD | BPF_B | BPF_ABS, 9),
                    Self.step(BPF_JMP | BPF_JEQ | BPF_K, UInt32(IPPROTO_UDP), false: 6),
                    Self.step(BPF_LD | BPF_H | BPF_ABS, 6),
                    Self.step(BPF_JMP | BPF_JSET | BPF_K, 0x1FFF, true: 4),
                    // The header's length, then the port behind it.
                    Self.step(BPF_LDX | BPF_B | BPF_MSH, 0),
                    Self.step(BPF_LD | BPF_H | BPF_IND, 2),
                    Self.step(BPF_JMP | BPF_JEQ | BPF_K, UInt32(port), false: 1),
                    all, nothing,
                ]
            }
        }

        private static func step(
            _ code: CInt, _ value: UInt32, true skippedIfTrue: UInt8 = 0, false skippedIfFalse: UInt8 = 0
        ) -> sock_filter {
            sock_filter(code: UInt16(code), jt: skippedIfTrue, jf: skippedIfFalse, k: value)
        }
    }

    /// Packets that are read before others have their turn.
    static let turn = 64
    /// Octets of a packet at most: those that are longer are no DHCP and no ARP.
    static let room = 9_216

    private let interface: LinkInterface
    private let kind: Kind
    private let descriptor: CInt
    private let loop: LinkLoop

    /// - Parameter received: called on the loop's thread.
    /// - Throws: ``LinkError``
    init(
        _ kind: Kind, on interface: LinkInterface, loop: LinkLoop,
        received: @escaping @Sendable (Packet) -> Void
    ) throws(LinkError) {
        self.interface = interface
        self.kind = kind
        self.loop = loop
        let filter = kind.filter
        descriptor = filter.withUnsafeBufferPointer {
            headwater_link_open(
                CInt(interface.index), kind.protocolNumber, $0.baseAddress, UInt16($0.count))
        }
        guard descriptor >= 0 else { throw LinkError(errno, "open a packet socket on \(interface.name)") }
        let buffer = Mutex([UInt8](repeating: 0, count: Self.room))
        loop.add(descriptor) { [descriptor] in
            for _ in 0..<Self.turn {
                switch Self.read(descriptor, buffer) {
                case nil: return
                case .some(nil): continue
                case let packet??: received(packet)
                }
            }
        }
    }

    deinit { loop.remove(descriptor) }

    /// Nil when there is nothing to read now, nil inside when it was nothing for this machine.
    private static func read(_ descriptor: CInt, _ buffer: borrowing Mutex<[UInt8]>) -> Packet?? {
        buffer.withLock { octets in
            var origin = headwater_link_origin()
            let count = headwater_link_receive(descriptor, &octets, octets.count, &origin)
            guard count >= 0 else { return nil }
            let address = withUnsafeBytes(of: origin.hardware_address) { Array($0.prefix(6)) }
            // Not what is sent from here, and what is for other hosts.
            guard [UInt8(PACKET_HOST), UInt8(PACKET_BROADCAST), UInt8(PACKET_MULTICAST)].contains(origin.kind),
                origin.is_truncated == 0, origin.hardware_length == 6, let sender = HardwareAddress(address)
            else { return .some(nil) }
            return Packet(
                octets: Array(octets.prefix(count)), sender: sender,
                isChecksumPending: origin.checksum_is_pending != 0)
        }
    }

    /// Sends a packet in a frame, at once or not at all. May be called on any thread.
    ///
    /// - Throws: ``LinkError``
    func send(_ octets: [UInt8], to destination: HardwareAddress) throws(LinkError) {
        let count = destination.octets.withUnsafeBufferPointer { address in
            headwater_link_send(
                descriptor, CInt(interface.index), kind.protocolNumber, address.baseAddress, UInt8(address.count),
                octets,
                octets.count)
        }
        guard count == octets.count else { throw LinkError(errno, "send a frame on \(interface.name)") }
    }
}
