internal import CDatagrams
internal import DNS
internal import Foundation
internal import LineProtocol
internal import NIOCore
internal import Synchronization

/// Answers what comes over UDP on one socket, which has a thread of its own: that takes and sends many datagrams with one
/// system call, and waits for nobody.
final class DatagramSocket: Sendable {
    /// Datagrams that one call takes, and octets of a query or answer in it; longer answers go out by themselves.
    private static let batch: UInt32 = 64
    private static let size = 4_096
    /// Answers that somebody waits for, at most; a query beyond gets none.
    private static let waiting = 10_000

    private struct State {
        /// Whether the socket may still be sent to.
        var isOpen = true
        /// Whether the thread is over and the socket gone.
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let responder: any DNSResponder
    private let descriptor: CInt
    /// Two sockets that are connected: an octet in it ends the thread.
    private let alarm: CInt
    private let alarmButton: CInt
    private let state = Mutex(State())
    private let isOver = Atomic(false)
    private let pending = Atomic(0)
    let endpoint: Endpoint

    /// Binds a socket, which may share its port with others of this process.
    ///
    /// - Throws: `IOError`.
    init(_ address: SocketAddress, _ responder: any DNSResponder) throws {
        self.responder = responder
        let family: CInt = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let descriptor = Foundation.socket(family, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        var on: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, socklen_t(MemoryLayout<CInt>.size))
        if family == AF_INET6 {
            setsockopt(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        // What comes while the thread answers; the system gives what it allows.
        var room: CInt = 1 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<CInt>.size))
        let status = address.withSockAddr { bind(descriptor, $0, socklen_t($1)) }
        guard status == 0 else {
            let code = errno
            Foundation.close(descriptor)
            throw IOError(errnoCode: code, reason: "bind")
        }
        var ends: [CInt] = [0, 0]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            let code = errno
            Foundation.close(descriptor)
            throw IOError(errnoCode: code, reason: "socketpair")
        }
        (self.descriptor, alarm, alarmButton) = (descriptor, ends[0], ends[1])
        endpoint = Endpoint(host: address.ipAddress ?? "", port: Self.port(of: descriptor))
        let thread = Thread { [self] in
            serve()
            end()
        }
        thread.name = "headwater.dns"
        thread.start()
    }

    deinit {
        Foundation.close(alarm)
        Foundation.close(alarmButton)
    }

    private static func port(of descriptor: CInt) -> Int {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        // At the same place in `sockaddr_in` and `sockaddr_in6`.
        return withUnsafeBytes(of: &address) { Int($0[2]) << 8 | Int($0[3]) }
    }

    /// Ends the thread and closes the socket; nothing is sent afterwards.
    func close() {
        isOver.store(true, ordering: .releasing)
        state.withLock { $0.isOpen = false }
        _ = write(alarmButton, [1 as UInt8], 1)
    }

    private func end() {
        let waiters = state.withLock { state in
            Foundation.close(descriptor)
            (state.isOpen, state.hasEnded) = (false, true)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until the socket is closed.
    func closed() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waiters.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    // MARK: The thread

    private func serve() {
        guard let datagrams = headwater_datagrams_make(Self.batch, Self.size) else { return }
        defer { headwater_datagrams_free(datagrams) }
        let worker = responder.makeWorker()
        while !isOver.load(ordering: .acquiring) {
            let count = headwater_datagrams_receive(datagrams, descriptor)
            guard count > 0 else {
                wait()
                continue
            }
            worker?.begin()
            for index in 0..<count { answer(datagrams, index, worker) }
            headwater_datagrams_send(datagrams, descriptor)
        }
    }

    private func wait() {
        var events = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: alarm, events: Int16(POLLIN), revents: 0),
        ]
        poll(&events, nfds_t(events.count), -1)
    }

    private func answer(_ datagrams: OpaquePointer, _ index: CInt, _ worker: (any DNSWorker)?) {
        var (length, peerLength) = (0, socklen_t(0))
        guard let octets = headwater_datagrams_octets(datagrams, index, &length),
            let peer = headwater_datagrams_peer(datagrams, index, &peerLength),
            let room = headwater_datagrams_room(datagrams)
        else { return }
        let query = UnsafeRawBufferPointer(start: octets, count: length)
        let place = UnsafeRawBufferPointer(start: peer, count: Int(peerLength))
        // Port 0 cannot be answered.
        guard let address = Self.address(in: place), place[2] != 0 || place[3] != 0 else { return }
        if let worker {
            switch worker.reply(
                to: query, from: address, isTCP: false,
                into: UnsafeMutableRawBufferPointer(start: room, count: Self.size))
            {
            case .written(let count):
                headwater_datagrams_answer(datagrams, index, count)
                return
            case .nothing: return
            case .unknown: break
            }
        }
        guard let who = IPAddress(octets: address) else { return }
        switch responder.reply(to: Array(query), from: DNSPeer(address: who, isTCP: false)) {
        case .nothing, .messages: break
        case .message(let octets) where octets.count <= Self.size:
            octets.withUnsafeBytes { octets in
                if let base = octets.baseAddress { memcpy(room, base, octets.count) }
            }
            headwater_datagrams_answer(datagrams, index, octets.count)
        case .message(let octets): send(octets, Array(place))
        case .later(let work): later(work, Array(place))
        }
    }

    /// The address's octets in a `sockaddr`; an IPv4 address that came mapped into IPv6 is an IPv4 address.
    private static func address(in place: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        switch CInt(place.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET where place.count >= 8: return UnsafeRawBufferPointer(rebasing: place[4..<8])
        case AF_INET6 where place.count >= 24:
            let isMapped =
                place.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == 0
                && UInt32(bigEndian: place.loadUnaligned(fromByteOffset: 16, as: UInt32.self)) == 0xFFFF
            return UnsafeRawBufferPointer(rebasing: place[(isMapped ? 20 : 8)..<24])
        default: return nil
        }
    }

    // MARK: Answers that take their time

    private func later(_ work: @escaping @Sendable () async -> [UInt8]?, _ peer: [UInt8]) {
        guard pending.load(ordering: .relaxed) < Self.waiting else { return }
        pending.add(1, ordering: .relaxed)
        Task { [self] in
            if let octets = await work() { send(octets, peer) }
            pending.subtract(1, ordering: .relaxed)
        }
    }

    /// - Parameter peer: a `sockaddr`.
    private func send(_ octets: [UInt8], _ peer: [UInt8]) {
        state.withLock { state in
            guard state.isOpen else { return }
            _ = peer.withUnsafeBytes { peer in
                peer.withMemoryRebound(to: sockaddr.self) { address in
                    sendto(
                        descriptor, octets, octets.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT), address.baseAddress,
                        socklen_t(peer.count))
                }
            }
        }
    }
}

extension IPAddress {
    /// Nil for what is no IP address. An IPv4 address that came mapped into IPv6 is an IPv4 address.
    init?(_ address: SocketAddress) {
        let isIPv6: Bool
        switch address {
        case .v4: isIPv6 = false
        case .v6: isIPv6 = true
        case .unixDomainSocket: return nil
        }
        // Of `sockaddr_in` and `sockaddr_in6`, where the address is in network order.
        let octets = address.withSockAddr { memory, size in
            let bytes = UnsafeRawBufferPointer(start: memory, count: size)
            return Array(isIPv6 ? bytes[8..<24] : bytes[4..<8])
        }
        let isMapped = isIPv6 && octets.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]
        self.init(octets: isMapped ? Array(octets.suffix(4)) : octets)
    }
}
