internal import DNS
internal import NIOCore

/// Answers what comes over UDP.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    /// Answers that somebody waits for, at most; a query beyond gets none.
    private static let waiting = 10_000

    private let responder: any DNSResponder
    private var pending = 0

    init(_ responder: any DNSResponder) { self.responder = responder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        // Port 0 cannot be answered.
        guard let address = IPAddress(envelope.remoteAddress), envelope.remoteAddress.port != 0 else { return }
        let reply = responder.reply(
            to: Array(envelope.data.readableBytesView), from: DNSPeer(address: address, isTCP: false))
        switch reply {
        case .nothing, .messages: break
        case .message(let octets): write(octets, to: envelope.remoteAddress, context)
        case .later(let work):
            guard pending < Self.waiting else { return }
            pending += 1
            let peer = envelope.remoteAddress
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let loop = context.eventLoop
            Task {
                let octets = await work()
                loop.execute {
                    let (handler, context) = bound.value
                    handler.pending -= 1
                    guard let octets, context.channel.isActive else { return }
                    handler.write(octets, to: peer, context)
                    context.flush()
                }
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    private func write(_ octets: [UInt8], to peer: SocketAddress, _ context: ChannelHandlerContext) {
        let envelope = AddressedEnvelope(remoteAddress: peer, data: context.channel.allocator.buffer(bytes: octets))
        context.write(wrapOutboundOut(envelope), promise: nil)
    }

    /// Somebody's host refuses what was sent to it: no reason to end.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
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
