import Foundation
import LineProtocol
import Listening
import Logging
import NIOCore
import Synchronization
import Testing

@Suite("Line server")
struct LineServerTests {
    /// Repeats lines until QUIT, and says why it ends otherwise.
    @Sendable static func echo(_ connection: LineConnection) async throws {
        var reader = LineReader(connection, maximumLength: 512)
        try await connection.write("220 ready\r\n")
        do {
            while let element = try await reader.next(within: .seconds(60)) {
                guard case .line(let line) = element else {
                    try await connection.write("500 no\r\n")
                    continue
                }
                if String(buffer: line) == "QUIT" { return try await connection.write("221 bye\r\n") }
                try await connection.write("250 \(String(buffer: line))\r\n")
            }
        } catch let error as LineConnectionError where error.code == .stopping {
            try await connection.write("421 stopping\r\n")
        }
    }

    @Test("Pipelined lines are answered in order, also after the peer has finished writing")
    func pipelining() async throws {
        try await withServer(handler: Self.echo) { address, _ in
            let client = try await LineClient.connect(host: address.host, port: address.port)
            try await client.write("A\r\nB\nC\r\nD\r\nQUIT\r\nE\r\n")
            try await client.finishWriting()
            #expect(try await rest(of: client) == "220 ready\r\n250 A\r\n500 no\r\n250 D\r\n221 bye\r\n")
            client.close()
        }
    }

    @Test("A peer that hangs up within a line ends the dialogue without a reply to the half")
    func halfLine() async throws {
        try await withServer(handler: Self.echo) { address, _ in
            let client = try await LineClient.connect(host: address.host, port: address.port)
            try await client.write("A\r\nB")
            try await client.finishWriting()
            #expect(try await rest(of: client) == "220 ready\r\n250 A\r\n")
            client.close()
        }
    }

    @Test("At a graceful shutdown idle connections hear a farewell, and no more are accepted")
    func shutdown() async throws {
        try await withServer(handler: Self.echo) { address, stop in
            let client = try await LineClient.connect(host: address.host, port: address.port)
            var reader = LineReader(client, maximumLength: 512)
            #expect(try await reader.next(within: .seconds(60)) == .line(ByteBuffer(string: "220 ready")))
            await stop()
            #expect(try await reader.next(within: .seconds(60)) == .line(ByteBuffer(string: "421 stopping")))
            #expect(try await reader.next(within: .seconds(60)) == nil)
            client.close()
            await #expect(throws: LineConnectionError.self) {
                let late = try await LineClient.connect(host: address.host, port: address.port)
                while try await late.read(within: .seconds(60)) != nil {}
                throw LineConnectionError(.closed, "refused")
            }
        }
    }

    @Test("A handler that does not end is cut off when the drain time is over")
    func drain() async throws {
        try await withServer(configure: { $0.drainTime = .milliseconds(1) }) { connection in
            try await connection.write("220\r\n")
            while try await connection.read(untilShutdown: false) != nil {}
        } body: { address, stop in
            let client = try await LineClient.connect(host: address.host, port: address.port)
            #expect(try await client.read(within: .seconds(60)) == ByteBuffer(string: "220\r\n"))
            await stop()
            #expect(try await client.read(within: .seconds(60)) == nil)
            client.close()
        }
    }

    @Test(
        "Connections beyond a limit are told so and closed; one that ended makes room",
        arguments: [(2, 100, "tooMany"), (100, 2, "tooManyFromAddress")])
    func limits(inAll: Int, perAddress: Int, reason: String) async throws {
        try await withServer {
            $0.maximumConnections = inAll
            $0.maximumConnectionsPerAddress = perAddress
            $0.refusal = { "421 \($0)\r\n" }
        } handler: {
            try await Self.echo($0)
        } body: { address, _ in
            var clients: [LineConnection] = []
            for _ in 0..<2 {
                let client = try await LineClient.connect(host: address.host, port: address.port)
                #expect(client.peer == address)
                #expect(client.local?.isLoopback == true)
                #expect(try await client.read(within: .seconds(60)) == ByteBuffer(string: "220 ready\r\n"))
                clients.append(client)
            }
            let third = try await LineClient.connect(host: address.host, port: address.port)
            #expect(try await rest(of: third) == "421 \(reason)\r\n")
            try await clients[0].write("QUIT\r\n")
            #expect(try await rest(of: clients[0]) == "221 bye\r\n")
            // The server counts a connection until its task has ended, which is a little later.
            var greeting = ""
            while !greeting.hasPrefix("220") {
                let next = try await LineClient.connect(host: address.host, port: address.port)
                greeting = try await next.read(within: .seconds(60)).map { String(buffer: $0) } ?? ""
                next.close()
            }
            for client in clients + [third] { client.close() }
        }
    }

    @Test("Servers that count together let in as many as one would")
    func sharedLimits() async throws {
        let count = ConnectionCount(limit: 2, limitPerOrigin: 10)
        let configure: @Sendable (inout LineServer.Configuration) -> Void = {
            $0.count = count
            $0.refusal = { "421 \($0)\r\n" }
        }
        try await withServer(configure: configure, handler: { try await Self.echo($0) }) { first, _ in
            try await withServer(configure: configure, handler: { try await Self.echo($0) }) { second, _ in
                var clients: [LineConnection] = []
                for address in [first, second] {
                    let client = try await LineClient.connect(host: address.host, port: address.port)
                    #expect(try await client.read(within: .seconds(60)) == ByteBuffer(string: "220 ready\r\n"))
                    clients.append(client)
                }
                for address in [first, second] {
                    let third = try await LineClient.connect(host: address.host, port: address.port)
                    #expect(try await rest(of: third) == "421 tooMany\r\n")
                    third.close()
                }
                for client in clients { client.close() }
            }
        }
    }

    @Test("A read ends at its deadline, and what comes later is not lost")
    func deadline() async throws {
        try await withServer { connection in
            await #expect(throws: LineConnectionError(.timedOut, "")) {
                try await connection.read(within: .milliseconds(1))
            }
            try await connection.write("GO\r\n")
            let line = try await connection.read(within: .seconds(60))
            try await connection.write(line ?? ByteBuffer())
        } body: { address, _ in
            let client = try await LineClient.connect(host: address.host, port: address.port)
            #expect(try await client.read(within: .seconds(60)) == ByteBuffer(string: "GO\r\n"))
            try await client.write("late\r\n")
            #expect(try await rest(of: client) == "late\r\n")
            client.close()
        }
    }

    @Test("A cancelled read takes nothing away")
    func cancellation() async throws {
        try await withServer { connection in
            for _ in 0..<100 {
                let reading = Task { try await connection.read() }
                reading.cancel()
                if case .success(let bytes) = await reading.result { try await connection.write(bytes ?? ByteBuffer()) }
            }
            try await connection.write("GO\r\n")
            while let bytes = try await connection.read(within: .seconds(60)) { try await connection.write(bytes) }
        } body: { address, _ in
            let client = try await LineClient.connect(host: address.host, port: address.port)
            #expect(try await client.read(within: .seconds(60)) == ByteBuffer(string: "GO\r\n"))
            try await client.write("here\r\n")
            try await client.finishWriting()
            #expect(try await rest(of: client) == "here\r\n")
            client.close()
        }
    }

    @Test("A peer that reads nothing is given up, and holds no memory")
    func slowReader() async throws {
        let written = Mutex(0)
        try await withServer(configure: { $0.writeTime = .milliseconds(300) }) { connection in
            let piece = ByteBuffer(repeating: 0x41, count: 1 << 20)
            await #expect(throws: LineConnectionError.self) {
                while true {
                    try await connection.write(piece)
                    written.withLock { $0 += 1 }
                }
            }
        } body: { address, _ in
            let client = try await LineClient.connect(host: address.host, port: address.port)
            // The server closes; until then nothing is read.
            while (try? await client.write("x")) != nil {}
            // What the sockets' buffers hold, and no more.
            #expect(written.withLock { $0 } < 32)
            client.close()
        }
    }

    @Test("A file goes out from the middle to the middle")
    func file() async throws {
        try await withFolder { folder in
            let path = folder + "/file"
            try Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }).write(to: URL(filePath: path))
            try await withServer { connection in
                let file = try FileHandle(forReadingFrom: URL(filePath: path))
                try await connection.write(file: file.fileDescriptor, 256_000..<512_256)
                try file.close()
            } body: { address, _ in
                let client = try await LineClient.connect(host: address.host, port: address.port)
                var all = ByteBuffer()
                while var piece = try await client.read(within: .seconds(60)) { all.writeBuffer(&piece) }
                #expect(all.readableBytesView.elementsEqual((0..<256_256).map { UInt8(truncatingIfNeeded: $0) }))
                client.close()
            }
        }
    }

    @Test("Where nobody can listen, one line says why")
    func errors() async throws {
        try await withServer(handler: Self.echo) { address, _ in
            let configuration = LineServer.Configuration(
                host: "127.0.0.1", port: address.port, logger: .init(label: "t"))
            await #expect {
                _ = try await LineServer(configuration: configuration, handler: Self.echo).bind()
            } throws: {
                ($0 as? ListenError)?.code == .addressInUse
                    && "\($0)"
                        == "cannot listen on \(address): the port is in use; choose another, or 0 for any free one"
            }
        }
        await #expect(throws: LineConnectionError(.unreachable, "")) {
            try await LineClient.connect(host: "127.0.0.1", port: 1)
        }
    }
}
