import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import HTTP

@Suite("Streaming responses")
struct StreamingTests {
    private func connection(_ stream: TestStream, length: Int?) throws -> TestConnection {
        try TestConnection(
            ClosureResponder { _, exchange in
                exchange.send(Response(status: 200, body: .stream(stream, length: length)))
            })
    }

    private func bytes(_ text: String) -> BodyStreamRead { .bytes(ByteBuffer(string: text)) }

    @Test("A known length is announced; pieces go out as they come")
    func knownLength() throws {
        let stream = TestStream()
        let connection = try connection(stream, length: 4)
        try connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try connection.received() == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
        stream.feed(bytes("ab"))
        connection.channel.embeddedEventLoop.run()
        #expect(try connection.received() == "ab")
        stream.feed(bytes("cd"))
        stream.feed(.end)
        connection.channel.embeddedEventLoop.run()
        #expect(try connection.received() == "cd")
        #expect(connection.channel.isActive)
    }

    @Test("An unknown length is chunked, or told by the end for HTTP/1.0")
    func unknownLength() throws {
        for (version, expected) in [
            ("1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
            ("1.0", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"),
        ] {
            let stream = TestStream()
            stream.feed(bytes("abc"))
            stream.feed(.end)
            let connection = try connection(stream, length: nil)
            try connection.send("GET / HTTP/\(version)\r\nHost: h\r\n\r\n")
            connection.channel.embeddedEventLoop.run()
            #expect(try connection.received() == expected)
            #expect(connection.channel.isActive == (version == "1.1"))
        }
    }

    @Test("A body that fails, ends early or runs over is cut, never completed", arguments: [4, nil] as [Int?])
    func failure(length: Int?) throws {
        var endings: [[BodyStreamRead]] = [[bytes("ab"), .failed]]
        if length != nil { endings += [[bytes("ab"), .end], [bytes("abcde"), .end]] }
        for ending in endings {
            let stream = TestStream()
            for read in ending { stream.feed(read) }
            let connection = try connection(stream, length: length)
            try connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            connection.channel.embeddedEventLoop.run()
            #expect(try !connection.received().contains("0\r\n\r\n"))
            #expect(!connection.channel.isActive)
        }
    }

    @Test("A stream is read only while the socket takes bytes")
    func backPressure() throws {
        let stream = TestStream()
        let connection = try connection(stream, length: 6)
        connection.channel.isWritable = true
        try connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        connection.channel.isWritable = false
        connection.channel.pipeline.fireChannelWritabilityChanged()
        stream.feed(bytes("abc"))
        connection.channel.embeddedEventLoop.run()
        #expect(try !connection.received().contains("abc"))
        stream.feed(bytes("def"))
        stream.feed(.end)
        connection.channel.isWritable = true
        connection.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try connection.received() == "abcdef")
    }

    @Test("A client that leaves cancels the stream, and an answer that is still awaited is told")
    func disconnect() throws {
        let stream = TestStream()
        let streaming = try connection(stream, length: 6)
        try streaming.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        streaming.channel.close(promise: nil)
        #expect(stream.isCancelled)

        let left = Mutex(false)
        let waiting = try TestConnection(
            ClosureResponder { _, exchange in exchange.onDisconnect { left.withLock { $0 = true } } })
        try waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        waiting.channel.close(promise: nil)
        #expect(left.withLock { $0 })
    }

    @Test("A server that stops closes a connection when its streamed response is complete")
    func draining() throws {
        let stream = TestStream()
        let connection = try connection(stream, length: 2)
        try connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        connection.channel.pipeline.fireUserInboundEventTriggered(DrainConnection())
        connection.channel.embeddedEventLoop.run()
        #expect(connection.channel.isActive)
        stream.feed(bytes("ab"))
        stream.feed(.end)
        connection.channel.embeddedEventLoop.run()
        #expect(try connection.received().hasSuffix("\r\n\r\nab"))
        #expect(!connection.channel.isActive)
    }

    @Test("HEAD of a stream does not read it")
    func headRequest() throws {
        let stream = TestStream()
        let connection = try connection(stream, length: 6)
        try connection.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try connection.received() == "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        #expect(stream.isCancelled)
    }
}
