package import NIOCore

/// A complete request.
package struct Request: Sendable {
    package var head: RequestHead
    /// The content; empty for most.
    package var content: ByteBuffer

    package init(head: RequestHead, content: ByteBuffer = ByteBuffer()) {
        self.head = head
        self.content = content
    }
}

/// Answers requests: the origin and the edge are one each.
package protocol Responder: Sendable {
    /// Answers by calling ``Exchange/send(_:)`` exactly once: at once when the answer is in memory, later otherwise.
    /// Called on the connection's event loop, so it must not block.
    func respond(to request: Request, on exchange: Exchange)
}

/// One request's way back to its client.
package struct Exchange: Sendable {
    /// The connection's event loop.
    package let eventLoop: any EventLoop
    private let connection: NIOLoopBound<ConnectionHandler>
    private let serial: Int

    init(connection: ConnectionHandler, serial: Int, eventLoop: any EventLoop) {
        self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
        self.serial = serial
        self.eventLoop = eventLoop
    }

    /// Sends the response; from any thread. On the event loop it costs no hop.
    package func send(_ response: Response) {
        if eventLoop.inEventLoop {
            connection.value.deliver(response, serial: serial)
        } else {
            eventLoop.execute { connection.value.deliver(response, serial: serial) }
        }
    }

    /// Has `action` called, on the event loop, if the client leaves before the response is sent. To be called from
    /// ``Responder/respond(to:on:)``.
    package func onDisconnect(_ action: @escaping @Sendable () -> Void) {
        eventLoop.assertInEventLoop()
        connection.value.onDisconnect(serial: serial, action)
    }
}
