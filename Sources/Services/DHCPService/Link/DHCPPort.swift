internal import CLinkLayer
package import DHCP
internal import Foundation
internal import Synchronization

/// One of DHCP's two UDP ports, on one interface or on all.
///
/// On an interface it sends what a UDP socket cannot: to hosts that have no address yet, and from none.
package final class DHCPPort: Sendable {
    /// 67: servers and relay agents.
    package static let server: UInt16 = 67
    /// 68: clients.
    package static let client: UInt16 = 68

    /// What comes.
    package struct Datagram: Sendable, Hashable {
        package var payload: [UInt8]
        package var source: IPv4Address
        package var sourcePort: UInt16
        /// Where it was sent to: an address of the machine, or a broadcast address.
        package var destination: IPv4Address
        /// The number of the interface that it came through.
        package var interface: Int
        /// Whose frame it was; nil where a UDP socket received it, which does not say.
        package var hardware: HardwareAddress?
    }

    /// How datagrams are received.
    package enum Reception: Sendable, Hashable {
        /// By a UDP socket: what is for an address of the machine, and broadcasts.
        case datagrams
        /// By a packet socket as well, alone: also what is for an address that the machine does not have yet. The UDP
        /// socket is there, so that nobody is told that nobody listens.
        case frames
    }

    /// Where to send to.
    package enum Destination: Sendable, Hashable {
        /// A host that has its address: the way there is the system's to find.
        case address(IPv4Address)
        /// A host on the link, which may not know its address yet.
        case host(IPv4Address, HardwareAddress)
        /// Everybody on the link.
        case broadcast
    }

    private let interface: LinkInterface?
    private let port: UInt16
    private let descriptor: CInt
    private let frames: PacketSocket?
    private let loop: LinkLoop
    private let identification = Atomic<UInt16>(0)

    /// Listens.
    ///
    /// - Parameters:
    ///   - port: ``server`` or ``client``.
    ///   - interface: the only one that is listened to; nil for all, which then sends to ``Destination/address(_:)`` only.
    ///   - address: one of the machine's, to which alone is listened then; any for 0.0.0.0, and broadcasts.
    ///   - reception: frames need an interface.
    ///   - received: called on the loop's thread.
    /// - Throws: ``LinkError``
    package init(
        _ port: UInt16, on interface: LinkInterface?, address: IPv4Address = .unspecified,
        by reception: Reception = .datagrams, loop: LinkLoop, received: @escaping @Sendable (Datagram) -> Void
    ) throws(LinkError) {
        self.interface = interface
        self.port = port
        self.loop = loop
        if let interface {
            let isReceiving = reception == .frames
            frames = try PacketSocket(.datagrams(port: isReceiving ? port : nil), on: interface, loop: loop) { packet in
                guard
                    let datagram = try? UDPPacket(packet.octets, isChecksumPending: packet.isChecksumPending),
                    datagram.destinationPort == port
                else { return }
                received(
                    Datagram(
                        payload: datagram.payload, source: datagram.source, sourcePort: datagram.sourcePort,
                        destination: datagram.destination, interface: interface.index, hardware: packet.sender))
            }
        } else {
            precondition(reception == .datagrams, "frames are those of an interface")
            frames = nil
        }
        let descriptor = headwater_datagram_open(interface?.name ?? "", address.rawValue, port)
        self.descriptor = descriptor
        guard descriptor >= 0 else {
            throw LinkError(errno, "listen on UDP port \(port)\(interface.map { " of \($0.name)" } ?? "")")
        }
        let buffer = Mutex([UInt8](repeating: 0, count: PacketSocket.room))
        let isReported = reception == .datagrams
        loop.add(descriptor) {
            for _ in 0..<PacketSocket.turn {
                switch Self.read(descriptor, buffer) {
                case nil: return
                case .some(nil): continue
                case let datagram??: if isReported { received(datagram) }
                }
            }
        }
    }

    deinit { if descriptor >= 0 { loop.remove(descriptor) } }

    /// Nil when there is nothing to read now, nil inside when it was too long.
    private static func read(_ descriptor: CInt, _ buffer: borrowing Mutex<[UInt8]>) -> Datagram?? {
        buffer.withLock { octets in
            var origin = headwater_datagram_origin()
            let count = headwater_datagram_receive(descriptor, &octets, octets.count, &origin)
            guard count >= 0 else {
                // What the socket is told of an earlier datagram is read with that, and is no end.
                return errno == EAGAIN ? nil : .some(nil)
            }
            guard origin.is_truncated == 0 else { return .some(nil) }
            return Datagram(
                payload: Array(octets.prefix(count)), source: IPv4Address(rawValue: origin.source),
                sourcePort: origin.source_port, destination: IPv4Address(rawValue: origin.destination),
                interface: Int(origin.index), hardware: nil)
        }
    }

    /// Sends at once or not at all. May be called on any thread.
    ///
    /// - Parameters:
    ///   - payload: what the datagram has in it.
    ///   - destination: who gets it.
    ///   - source: the address that it comes from: one of the machine's, or 0.0.0.0: what the system finds, or none in a
    ///     frame.
    ///   - destinationPort: of the receiver.
    /// - Throws: ``LinkError``
    package func send(
        _ payload: [UInt8], to destination: Destination, from source: IPv4Address, port destinationPort: UInt16
    ) throws(LinkError) {
        switch destination {
        case .address(let address):
            let count = headwater_datagram_send(
                descriptor, payload, payload.count, source.rawValue, address.rawValue, destinationPort)
            guard count == payload.count else { throw LinkError(errno, "send to \(address)") }
        case .host(let address, let hardware):
            try send(payload, in: hardware, source, address, destinationPort)
        case .broadcast: try send(payload, in: .broadcast, source, .broadcast, destinationPort)
        }
    }

    private func send(
        _ payload: [UInt8], in hardware: HardwareAddress, _ source: IPv4Address, _ destination: IPv4Address,
        _ destinationPort: UInt16
    ) throws(LinkError) {
        guard let frames, hardware.octets.count == 6 else {
            throw LinkError(
                .unsuitable, "cannot send a frame to \(hardware): its port is not that of one Ethernet interface")
        }
        let packet = UDPPacket(from: source, port, to: destination, destinationPort, payload)
        let number = identification.wrappingAdd(1, ordering: .relaxed).newValue
        guard let octets = packet.encoded(identification: number) else {
            throw LinkError(.unsuitable, "cannot send a datagram of \(payload.count) octets")
        }
        try frames.send(octets, to: hardware)
    }
}
