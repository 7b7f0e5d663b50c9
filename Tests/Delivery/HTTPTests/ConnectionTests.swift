import HTTPSemantics
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import HTTP

/// Has a channel in memory stay open when its output is closed, as a socket does.
private final class OutputHalfClosure: ChannelOutboundHandler {
    typealias OutboundIn = IOData

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output { promise?.succeed() } else { context.close(mode: mode, promise: promise) }
    }
}

@Suite("Connection")
struct ConnectionTests {
    @Test("A response, and another on the same connection")
    func keepAlive() throws {
        let connection = try TestConnection(echo)
        try connection.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try connection.received() == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/1")
        try connection.send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try connection.received() == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/2")
        #expect(connection.channel.isActive)
    }

    @Test("HEAD has the length and no body")
    func headRequest() throws {
        let connection = try TestConnection(echo)
        try connection.send("HEAD /abc HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try connection.received() == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
    }

    @Test("Pipelined requests are answered in order, one after the other")
    func pipelining() throws {
        let waiting = Mutex<[(String, Exchange)]>([])
        let connection = try TestConnection(
            ClosureResponder { request, exchange in
                waiting.withLock { $0.append((request.head.target, exchange)) }
            })
        try connection.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(waiting.withLock { $0.map(\.0) } == ["/1"])
        waiting.withLock { $0[0].1 }.send(Response(status: 204))
        #expect(waiting.withLock { $0.map(\.0) } == ["/1", "/2"])
        // A second answer to the first request is thrown away.
        waiting.withLock { $0[0].1 }.send(Response(status: 200))
        waiting.withLock { $0[1].1 }.send(Response(status: 204))
        #expect(try connection.received() == String(repeating: "HTTP/1.1 204 No Content\r\n\r\n", count: 2))
    }

    @Test("HTTP/1.0 and Connection: close end the connection")
    func closing() throws {
        for request in ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"] {
            let connection = try TestConnection(echo)
            try connection.send(request)
            connection.channel.embeddedEventLoop.run()
            #expect(
                try connection.received() == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n/")
            #expect(!connection.channel.isActive)
        }
    }

    @Test("A malformed request is answered and ends the connection; what follows it is not read")
    func malformed() throws {
        let connection = try TestConnection(echo)
        try connection.send("GET /\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
        let text = try connection.received()
        #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(text.contains("Connection: close\r\n"))
        #expect(!text.contains("/2"))
    }

    @Test("Content is read within limits and handed over")
    func content() throws {
        let connection = try TestConnection(
            ClosureResponder { request, exchange in
                exchange.send(Response(status: 200, body: .bytes(request.content)))
            }
        ) { $0.limits.content = 10 }
        try connection.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel")
        #expect(try connection.received().isEmpty)
        try connection.send("loGET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(
            try connection.received()
                == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try connection.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n")
        #expect(try connection.received().hasPrefix("HTTP/1.1 413 "))
    }

    @Test("A client that waits for 100 gets it")
    func expectContinue() throws {
        let connection = try TestConnection(echo)
        try connection.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        #expect(try connection.received() == "HTTP/1.1 100 Continue\r\n\r\n")
        try connection.send("a")
        #expect(try connection.received().hasPrefix("HTTP/1.1 200 OK"))
    }

    @Test("Field values cannot make lines of their own")
    func responseSplitting() throws {
        let connection = try TestConnection(
            ClosureResponder { _, exchange in
                var fields = HeaderBlock()
                fields.append("X", "a\r\nSet-Cookie: b")
                exchange.send(Response(status: 200, fields: fields))
            })
        try connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try connection.received().contains("X: a  Set-Cookie: b\r\n"))
    }

    @Test("A server that stops lets a request finish, then closes; an idle connection closes at once")
    func draining() throws {
        let waiting = Mutex<Exchange?>(nil)
        let busy = try TestConnection(ClosureResponder { _, exchange in waiting.withLock { $0 = exchange } })
        try busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        busy.channel.pipeline.fireUserInboundEventTriggered(DrainConnection())
        #expect(busy.channel.isActive)
        waiting.withLock { $0 }?.send(Response(status: 204))
        busy.channel.embeddedEventLoop.run()
        #expect(try busy.received() == "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        #expect(!busy.channel.isActive)

        let idle = try TestConnection(echo)
        idle.channel.pipeline.fireUserInboundEventTriggered(DrainConnection())
        idle.channel.embeddedEventLoop.run()
        #expect(!idle.channel.isActive)
    }

    @Test("Requests that came before the client closed its side are all answered, also to one that reads late")
    func halfClose() throws {
        for reads in [true, false] {
            let connection = try TestConnection(echo)
            connection.channel.isWritable = reads
            try connection.send((1...4).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
            connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            connection.channel.embeddedEventLoop.run()
            if !reads {
                #expect(connection.channel.isActive)
                connection.channel.isWritable = true
                connection.channel.pipeline.fireChannelWritabilityChanged()
                connection.channel.embeddedEventLoop.run()
            }
            let expected = (1...4).map { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/\($0)" }.joined()
            #expect(try connection.received() == expected)
            #expect(!connection.channel.isActive)
        }
    }

    @Test("A refusal has its text, whatever the request before it was")
    func refusalAfterHead() throws {
        let connection = try TestConnection(echo)
        try connection.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET /\r\n\r\n")
        let text = try connection.received()
        #expect(text.contains("HTTP/1.1 400 "))
        #expect(text.hasSuffix("is not method, target and version\n"))
    }

    @Test("Input behind the last request is read to its end before the connection closes")
    func inputBehindClose() throws {
        let connection = try TestConnection(echo)
        try connection.channel.pipeline.syncOperations.addHandler(OutputHalfClosure(), position: .first)
        try connection.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
        connection.channel.embeddedEventLoop.run()
        #expect(connection.channel.isActive)
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        connection.channel.embeddedEventLoop.run()
        #expect(try connection.received().hasSuffix("\r\n\r\n/"))
        #expect(!connection.channel.isActive)
    }
}
