import Accounts
import Foundation
import LineProtocol
import NIOCore
import NIOPosix
import POP3
import Testing

@Suite("POP3 service and client")
struct POP3ServiceTests {
    static let messages = [
        "Subject: one\r\n\r\nFirst\r\n.\r\n..dots\r\n", "Subject: two\r\n\r\nsecond, without an end",
        "Subject: three\r\n\r\nthird\r\n",
    ].map { ByteBuffer(string: $0) }

    static let user = "anna@example.test"
    static let password = "secret word"

    private static func connect(_ place: POP3Place, _ security: LineClient.TLSStart) async throws -> POP3Client {
        try await POP3Client.connect(
            host: place.address.host, port: place.address.port, security: security,
            group: MultiThreadedEventLoopGroup.singleton)
    }

    private static func read(_ client: inout POP3Client, _ number: Int, lines: Int? = nil) async throws -> String {
        var all = ByteBuffer()
        try await client.retrieve(number, bodyLines: lines) { all.writeImmutableBuffer($0) }
        return String(buffer: all)
    }

    @Test("Log in by SCRAM, list, read, remove: in plaintext, after STLS and with TLS from the start", arguments: 0..<3)
    func session(kind: Int) async throws {
        let maildrops = MemoryMaildrops(Self.messages)
        try await withPOP3(maildrops, implicitTLS: kind == 2) { place in
            let trust = LineClient.Trust.file(place.certificate)
            var client = try await Self.connect(place, [.plain, .startTLS(trust), .implicit(trust)][kind])
            #expect(client.capabilities["SASL"]?.first == "SCRAM-SHA-256")
            try await client.logIn(user: Self.user, password: Self.password)
            let list = try await client.list()
            #expect(list.map(\.number) == [1, 2, 3])
            #expect(list.map(\.size) == Self.messages.map(\.readableBytes))
            #expect(try await client.uniqueIDs().map(\.uniqueID) == ["1.1", "1.2", "1.3"])
            #expect(try await Self.read(&client, 1) == String(buffer: Self.messages[0]))
            #expect(try await Self.read(&client, 2) == String(buffer: Self.messages[1]) + "\r\n")
            #expect(try await Self.read(&client, 1, lines: 1) == "Subject: one\r\n\r\nFirst\r\n")
            try await client.delete(1)
            try await client.reset()
            try await client.delete(2)
            await #expect(throws: POP3ClientError.self) { try await client.delete(2) }
            #expect(maildrops.messages.count == 3)
            try await client.quit()
            #expect(maildrops.messages == [Self.messages[0], Self.messages[2]])
        }
    }

    @Test("A session that ends without QUIT removes nothing, and lets the next one in")
    func hangUp() async throws {
        let maildrops = MemoryMaildrops(Self.messages)
        try await withPOP3(maildrops) { place in
            var client = try await Self.connect(place, .plain)
            try await client.logIn(user: Self.user, password: Self.password)
            try await client.delete(1)
            var second = try await Self.connect(place, .plain)
            do {
                try await second.logIn(user: Self.user, password: Self.password)
                Issue.record("two sessions have one maildrop")
            } catch let error as POP3ClientError {
                #expect(error.code == .inUse)
            }
            client.close()
            await maildrops.closed()
            try await second.logIn(user: Self.user, password: Self.password)
            #expect(try await second.list().count == 3)
            try await second.quit()
        }
    }

    @Test("A wrong password and an unknown user are refused alike; the client shows no password in plaintext")
    func refusal() async throws {
        try await withPOP3(MemoryMaildrops([])) { place in
            var errors: [POP3ClientError] = []
            for (user, password) in [(Self.user, "wrong"), ("nobody@example.test", "wrong")] {
                var client = try await Self.connect(place, .startTLS(.file(place.certificate)))
                do {
                    try await client.logIn(user: user, password: password)
                } catch let error as POP3ClientError {
                    errors.append(error)
                }
                client.close()
            }
            #expect(errors.map(\.code) == [.logInRefused, .logInRefused])
            #expect(Set(errors.map(\.description)).count == 1)
            await #expect(throws: (any Error).self) { try await Self.connect(place, .startTLS(.system)) }
        }
    }

    @Test("Commands that were sent in plaintext behind STLS are not carried out")
    func injection() async throws {
        let maildrops = MemoryMaildrops(Self.messages)
        try await withPOP3(maildrops) { place in
            let connection = try await LineClient.connect(
                host: place.address.host, port: place.address.port, security: .upgradable(.file(place.certificate)))
            try await connection.write("STLS\r\nUSER \(Self.user)\r\nPASS \(Self.password)\r\nDELE 1\r\nQUIT\r\n")
            var reader = LineReader(connection, maximumLength: 512)
            for expected in ["+OK POP3 ready", "+OK begin TLS"] {
                #expect(try await reader.next() == .line(ByteBuffer(string: expected)))
            }
            try await reader.startTLS()
            try await connection.write("STAT\r\n")
            #expect(try await reader.next() == .line(ByteBuffer(string: "-ERR log in first")))
            connection.close()
            #expect(maildrops.messages.count == 3)
        }
    }

    @Test("Commands in one packet are answered in order")
    func pipelining() async throws {
        let configure: (inout POP3Service.Configuration) -> Void = { $0.allowsPlaintextPasswordsFromLoopback = true }
        let maildrops = MemoryMaildrops(Self.messages)
        try await withPOP3(maildrops, configure: configure) { place in
            let connection = try await LineClient.connect(host: place.address.host, port: place.address.port)
            try await connection.write(
                "USER \(Self.user)\r\nPASS \(Self.password)\r\nSTAT\r\nDELE 3\r\nRETR 3\r\nNOOP\nNOOP\r\nUIDL 1\r\nQUIT\r\nNOOP\r\n"
            )
            var all = ByteBuffer()
            while var piece = try await connection.read(within: .seconds(60)) { all.writeBuffer(&piece) }
            connection.close()
            #expect(
                String(buffer: all) == """
                    +OK POP3 ready\r
                    +OK and the password\r
                    +OK 3 messages\r
                    +OK 3 \(Self.messages.reduce(0) { $0 + $1.readableBytes })\r
                    +OK message 3 will be removed\r
                    -ERR there is no message 3\r
                    -ERR an LF without CR\r
                    +OK 1 1.1\r
                    +OK bye\r

                    """)
            #expect(maildrops.messages.count == 2)
        }
    }

    @Test("A large message passes in pieces, and a client need not take it")
    func large() async throws {
        let line = String(repeating: ".x", count: 38) + "\r\n"
        let message = ByteBuffer(string: "Subject: large\r\n\r\n" + String(repeating: line, count: 10_000))
        try await withPOP3(MemoryMaildrops([message]), configure: { $0.chunkSize = 1000 }) { place in
            var client = try await Self.connect(place, .startTLS(.file(place.certificate)))
            try await client.logIn(user: Self.user, password: Self.password)
            #expect(try await Self.read(&client, 1) == String(buffer: message))
            do {
                try await client.retrieve(1, maximumSize: 100_000) { _ in }
                Issue.record("too large a message was taken")
            } catch let error as POP3ClientError {
                #expect(error.code == .tooLarge)
            }
        }
    }

    @Test("A message arrives whole whatever its length is beside that of a piece", arguments: [0, 13, 14, 15, 30, 46])
    func boundaries(length: Int) async throws {
        let lines = Array(repeating: "x\r\n.".utf8, count: 12).joined()
        let message = ByteBuffer(bytes: Array(lines.prefix(length)) + [0x0D, 0x0A])
        try await withPOP3(MemoryMaildrops([message]), configure: { $0.chunkSize = 16 }) { place in
            var client = try await Self.connect(place, .plain)
            try await client.logIn(user: Self.user, password: Self.password)
            #expect(try await Self.read(&client, 1) == String(buffer: message))
            try await client.quit()
        }
    }

    @Test("Who is silent for too long is hung up on without a word, and nothing is removed (RFC 1939 §3)")
    func silence() async throws {
        let maildrops = MemoryMaildrops(Self.messages)
        let configure: (inout POP3Service.Configuration) -> Void = { $0.transactionTime = .milliseconds(1) }
        try await withPOP3(maildrops, configure: configure) { place in
            var client = try await Self.connect(place, .plain)
            try await client.logIn(user: Self.user, password: Self.password)
            await maildrops.closed()
            await #expect(throws: (any Error).self) { try await client.quit() }
            #expect(maildrops.messages.count == 3)
        }
    }

    @Test("A server that stops says so, and removes nothing")
    func shutdown() async throws {
        let maildrops = MemoryMaildrops(Self.messages)
        try await withPOP3(maildrops) { place in
            var client = try await Self.connect(place, .plain)
            try await client.logIn(user: Self.user, password: Self.password)
            try await client.delete(1)
            await place.stop()
            await maildrops.closed()
            await #expect(throws: (any Error).self) { try await client.quit() }
            #expect(maildrops.messages.count == 3)
        }
    }

    @Test("Python's poplib reads and removes, under TLS from the start and after STLS", arguments: [true, false])
    func poplib(isImplicit: Bool) async throws {
        let script = """
            import poplib, ssl, sys
            host, port, authority, implicit = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4] == "true"
            context = ssl.create_default_context(cafile=authority)
            if implicit:
                box = poplib.POP3_SSL(host, port, context=context)
            else:
                box = poplib.POP3(host, port)
                assert "STLS" in box.capa() and "USER" not in box.capa()
                box.stls(context)
            assert "USER" in box.capa()
            try:
                box.user("nobody@example.test")
                box.pass_("wrong")
                raise SystemExit("let in")
            except poplib.error_proto as error:
                assert b"[AUTH]" in error.args[0]
            box.user("\(Self.user)")
            box.pass_("\(Self.password)")
            print(box.stat(), [line.decode() for line in box.uidl()[1]])
            print(box.retr(1)[1], box.top(3, 0)[1])
            box.dele(1)
            box.quit()
            """
        let maildrops = MemoryMaildrops(Self.messages)
        try await withPOP3(maildrops, implicitTLS: isImplicit) { place in
            let result = try await program(
                "python3", ["-c", script, "localhost", "\(place.address.port)", place.certificate, "\(isImplicit)"])
            #expect(result.isSuccess, "\(result.error)")
            #expect(
                result.output == """
                    (3, \(Self.messages.reduce(0) { $0 + $1.readableBytes })) ['1 1.1', '2 1.2', '3 1.3']
                    [b'Subject: one', b'', b'First', b'.', b'..dots'] [b'Subject: three', b'']

                    """)
        }
        #expect(maildrops.messages == Array(Self.messages.dropFirst()))
    }

    @Test("curl reads and lists after STLS", arguments: [[], ["--login-options", "AUTH=PLAIN"]])
    func curl(options: [String]) async throws {
        try await withPOP3(MemoryMaildrops(Self.messages)) { place in
            let common =
                ["-sS", "--ssl-reqd", "--cacert", place.certificate, "--user", "\(Self.user):\(Self.password)"]
                + options
            let message = try await program("curl", common + ["pop3://localhost:\(place.address.port)/1"])
            #expect(message.isSuccess, "\(message.error)")
            #expect(message.output == String(buffer: Self.messages[0]))
            let list = try await program("curl", common + ["pop3://localhost:\(place.address.port)/"])
            #expect(list.output == Self.messages.enumerated().map { "\($0 + 1) \($1.readableBytes)\r\n" }.joined())
        }
    }
}
