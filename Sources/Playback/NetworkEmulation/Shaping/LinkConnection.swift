import Foundation
import NIOCore

/// A client's connection through a ``ShapingLink`` and the one to the server that belongs to it.
///
/// What the client sends is held back by the latency, what the server sends is paced. Each direction stops reading while
/// ``LinkPacer/highWaterMark`` bytes wait, so that the sender feels the link. Ends of stream follow the bytes before
/// them; a reset on one side becomes one on the other. Lives on the pacer's event loop.
final class LinkConnection {
    /// Bytes read at once.
    static let readSize = 16 << 10

    private let client: any Channel
    private var upstream: (any Channel)?
    private let pacer: LinkPacer
    private var flow: Int?

    /// What the client sent; nil is its end of stream.
    private var requests: DelayLine<ByteBuffer?>
    private var requestBytes = 0
    private var requestTimer: Scheduled<Void>?
    private var clientEnded = false
    /// The server has been told that the client will send no more.
    private var requestsEnded = false

    /// What the server sent.
    private var responses = CircularBuffer<ByteBuffer>()
    private var responseBytes = 0
    private var upstreamEnded = false
    /// The client is being told that the server will send no more.
    private var responsesEnding = false
    private var responsesEnded = false
    private var isClosed = false

    init(client: any Channel, pacer: LinkPacer) {
        self.client = client
        self.pacer = pacer
        requests = DelayLine(profile: pacer.profile)
        flow = pacer.register(self)
    }

    // MARK: From the client to the server

    /// Bytes came from the client.
    func clientRead(_ buffer: ByteBuffer) {
        requestBytes += buffer.readableBytes
        requests.append(buffer, at: pacer.now)
        sendRequests()
    }

    /// The client will send no more.
    func clientDidEnd() {
        guard !clientEnded else { return }
        clientEnded = true
        requests.append(nil, at: pacer.now)
        sendRequests()
    }

    /// The connection to the server stands.
    func upstreamConnected(_ channel: any Channel) {
        guard !isClosed, upstream == nil else { return channel.close(promise: nil) }
        upstream = channel
        channel.read()
        sendRequests()
    }

    /// Reads on, if little enough waits.
    func resumeClient() {
        if !isClosed, !clientEnded, requestBytes < pacer.highWaterMark, upstream?.isWritable ?? true { client.read() }
    }

    private func sendRequests() {
        guard let upstream, !isClosed else { return }
        while let released = requests.popReleased(at: pacer.now) {
            if let buffer = released {
                requestBytes -= buffer.readableBytes
                upstream.writeAndFlush(buffer, promise: nil)
            } else {
                endOutput(of: upstream) { $0.requestsEnded = true }
            }
            // A failed write closes everything at once.
            if isClosed { return }
        }
        requestTimer?.cancel()
        requestTimer = requests.nextRelease.map { time in
            client.eventLoop.assumeIsolated().scheduleTask(deadline: pacer.deadline(time)) { self.sendRequests() }
        }
        resumeClient()
    }

    // MARK: From the server to the client

    /// Bytes came from the server.
    func upstreamRead(_ buffer: ByteBuffer) {
        guard let flow, buffer.readableBytes > 0 else { return }
        responses.append(buffer)
        responseBytes += buffer.readableBytes
        pacer.add(buffer.readableBytes, to: flow)
    }

    /// The server will send no more.
    func upstreamDidEnd() {
        upstreamEnded = true
        endResponsesIfDelivered()
    }

    /// Reads on, if little enough waits.
    func resumeUpstream() {
        if !isClosed, !upstreamEnded, responseBytes < pacer.highWaterMark { upstream?.read() }
    }

    /// The client takes bytes again, or none for now.
    func clientWritabilityChanged() {
        if let flow { pacer.setBlocked(!client.isWritable, for: flow) }
    }

    /// `count` bytes have come over the link.
    func deliver(_ count: Int) {
        var rest = count
        while rest > 0, !responses.isEmpty {
            let size = min(rest, responses[responses.startIndex].readableBytes)
            guard let slice = responses[responses.startIndex].readSlice(length: size) else { break }
            if responses[responses.startIndex].readableBytes == 0 { responses.removeFirst() }
            rest -= size
            responseBytes -= size
            client.write(slice, promise: nil)
        }
        client.flush()
        endResponsesIfDelivered()
        resumeUpstream()
    }

    private func endResponsesIfDelivered() {
        guard upstreamEnded, responseBytes == 0, !responsesEnding, !isClosed else { return }
        responsesEnding = true
        endOutput(of: client) { $0.responsesEnded = true }
    }

    // MARK: The end

    /// Whether `channel` is the one to the server; an attempt that lost to another is not.
    func isUpstream(_ channel: any Channel) -> Bool { upstream === channel }

    /// Sends an end of stream once everything before it is sent; after both directions' ends nothing is left to do.
    private func endOutput(of channel: any Channel, andThen note: @escaping (LinkConnection) -> Void) {
        // Closing the output of a channel whose input has ended closes all of it and drops what is not yet sent, so
        // that an empty write has to tell when everything is.
        channel.writeAndFlush(ByteBuffer()).assumeIsolated().whenComplete { _ in
            guard !self.isClosed else { return }
            note(self)
            if self.requestsEnded, self.responsesEnded {
                self.close(reset: false)
            } else {
                channel.close(mode: .output, promise: nil)
            }
        }
    }

    /// The client's connection is gone: its end of stream, if it came after the server's, else a failure.
    func clientDidClose() {
        if responsesEnded { clientDidEnd() } else { close(reset: true) }
    }

    /// The connection to the server is gone: its end of stream, if it came after the client's, else a failure.
    func upstreamDidClose() {
        if requestsEnded { upstreamDidEnd() } else { close(reset: true) }
    }

    /// Ends both connections at once, with a reset if they did not end in order.
    func close(reset: Bool) {
        guard !isClosed else { return }
        isClosed = true
        requestTimer?.cancel()
        responses.removeAll()
        if let flow {
            self.flow = nil
            pacer.unregister(flow)
        }
        for channel in [client, upstream].compactMap({ $0 }) {
            if reset { Self.resetOnClose(channel) }
            channel.close(promise: nil)
        }
    }

    /// Makes closing `channel` send a reset rather than an end of stream: what SO_LINGER with a time of zero does.
    private static func resetOnClose(_ channel: any Channel) {
        try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            // struct linger: on, and after 0 s.
            let linger: [CInt] = [1, 0]
            setsockopt(socket, SOL_SOCKET, SO_LINGER, linger, socklen_t(linger.count * MemoryLayout<CInt>.size))
        }
    }
}
