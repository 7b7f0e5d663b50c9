import NIOCore

/// Gives one side's events to the connection.
final class LinkSideHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Side { case client, upstream }

    private let connection: LinkConnection
    private let side: Side

    init(_ connection: LinkConnection, side: Side) {
        self.connection = connection
        self.side = side
    }

    private func concerns(_ context: ChannelHandlerContext) -> Bool {
        side == .client || connection.isUpstream(context.channel)
    }

    func channelActive(context: ChannelHandlerContext) {
        switch side {
        case .client: connection.resumeClient()
        case .upstream: connection.upstreamConnected(context.channel)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard concerns(context) else { return }
        let buffer = unwrapInboundIn(data)
        switch side {
        case .client: connection.clientRead(buffer)
        case .upstream: connection.upstreamRead(buffer)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard concerns(context) else { return }
        switch side {
        case .client: connection.resumeClient()
        case .upstream: connection.resumeUpstream()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard concerns(context), let event = event as? ChannelEvent, event == .inputClosed else { return }
        switch side {
        case .client: connection.clientDidEnd()
        case .upstream: connection.upstreamDidEnd()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard concerns(context) else { return }
        switch side {
        case .client: connection.clientWritabilityChanged()
        case .upstream: connection.resumeClient()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if concerns(context) { connection.close(reset: true) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard concerns(context) else { return }
        switch side {
        case .client: connection.clientDidClose()
        case .upstream: connection.upstreamDidClose()
        }
    }
}
