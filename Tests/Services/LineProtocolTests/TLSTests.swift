import Foundation
@testable import LineProtocol
import NIOCore
import Testing

@Suite("TLS of line protocols")
struct TLSTests {
    /// Upgrades at STLS; answers lines with whether they came under TLS.
    @Sendable static func upgrading(_ connection: LineConnection) async throws {
        var reader = LineReader(connection, maximumLength: 512)
        while case .line(let line)? = try await reader.next(within: .seconds(60)) {
            switch String(buffer: line) {
            case "STLS":
                try await connection.write("220 go\r\n")
                try await reader.startTLS()
            case "QUIT": return try await connection.write("221 bye\r\n")
            case let other: try await connection.write("250 \(connection.isSecure ? "secret" : "open") \(other)\r\n")
            }
        }
    }

    @Test("What was sent in plaintext behind STARTTLS is thrown away, read or not")
    func injection() async throws {
        try await withFolder { folder in
            let identity = try TLSIdentity.selfSigned(in: folder + "/tls", names: ["mail.test"])
            try await withServer(configure: { $0.security = .upgradable(identity) }, handler: Self.upgrading) {
                address, _ in
                let client = try await LineClient.connect(
                    host: address.host, port: address.port,
                    security: .upgradable(.file(folder + "/tls/certificate.pem")))
                var reader = LineReader(client, maximumLength: 512)
                // One segment: command, injected command, half an injected command.
                try await client.write("BEFORE\r\nSTLS\r\nINJECTED\r\nHALF")
                #expect(try await reader.next() == .line(ByteBuffer(string: "250 open BEFORE")))
                #expect(try await reader.next() == .line(ByteBuffer(string: "220 go")))
                try await reader.startTLS()
                #expect(client.isSecure)
                try await client.write("AFTER\r\nQUIT\r\n")
                #expect(try await reader.next() == .line(ByteBuffer(string: "250 secret AFTER")))
                #expect(try await reader.next() == .line(ByteBuffer(string: "221 bye")))
                #expect(try await reader.next() == nil)
                client.close()
            }
        }
    }

    @Test("What a server injects behind its reply to STARTTLS is thrown away, too")
    func injectedReply() async throws {
        try await withFolder { folder in
            let identity = try TLSIdentity.selfSigned(in: folder + "/tls", names: [])
            try await withServer(configure: { $0.security = .upgradable(identity) }) { connection in
                _ = try await connection.read(within: .seconds(60))
                try await connection.write("220 go\r\n250 injected\r\n")
                try await connection.startTLS()
                try await connection.write("250 true\r\n")
            } body: { address, _ in
                let client = try await LineClient.connect(
                    host: address.host, port: address.port, security: .upgradable(.anybody))
                var reader = LineReader(client, maximumLength: 512)
                try await client.write("STLS\r\n")
                #expect(try await reader.next() == .line(ByteBuffer(string: "220 go")))
                try await reader.startTLS()
                #expect(try await reader.next() == .line(ByteBuffer(string: "250 true")))
                client.close()
            }
        }
    }

    @Test("TLS from the first octet, with an authority of one's own")
    func implicit() async throws {
        try await withFolder { folder in
            let identity = try TLSIdentity.selfSigned(in: folder + "/tls", names: [])
            try await withServer(configure: { $0.security = .implicit(identity) }, handler: LineServerTests.echo) {
                address, _ in
                for host in ["127.0.0.1", "localhost"] {
                    let client = try await LineClient.connect(
                        host: host, port: address.port, security: .implicit(.file(folder + "/tls/certificate.pem")))
                    #expect(client.isSecure)
                    try await client.write("A\r\nQUIT\r\n")
                    #expect(try await rest(of: client) == "220 ready\r\n250 A\r\n221 bye\r\n")
                    client.close()
                }
                // A stranger's certificate, and no TLS at all.
                let stranger = await #expect(throws: LineConnectionError.self) {
                    try await LineClient.connect(host: "127.0.0.1", port: address.port, security: .implicit(.system))
                }
                #expect(stranger?.code == .untrusted)
                #expect(stranger?.description == "the certificate of 127.0.0.1 is not trusted (it vouches for itself)")
                let plain = try await LineClient.connect(host: address.host, port: address.port)
                try await plain.write("QUIT\r\n")
                let answer = try? await rest(of: plain)
                #expect(answer?.contains("220") != true)
                plain.close()
            }
        }
    }

    @Test("A certificate for somebody else is not trusted")
    func otherName() async throws {
        try await withFolder { folder in
            let identity = try TLSIdentity.selfSigned(in: folder + "/tls", names: [])
            try await withServer(
                configure: {
                    $0.host = "127.0.0.2"
                    $0.security = .implicit(identity)
                }, handler: LineServerTests.echo
            ) { address, _ in
                for name in ["127.0.0.2", "other.test"] {
                    let error = await #expect(throws: LineConnectionError.self) {
                        try await LineClient.connect(
                            host: "127.0.0.2", port: address.port,
                            security: .implicit(.file(folder + "/tls/certificate.pem")), serverName: name)
                    }
                    #expect(error?.code == .untrusted)
                    #expect(error?.description == "the certificate of \(name) is not trusted (it is for another name)")
                }
            }
        }
    }

    @Test("A client says in plain words that a server speaks no TLS")
    func noTLS() async throws {
        try await withServer(configure: { _ in }, handler: LineServerTests.echo) { address, _ in
            let error = await #expect(throws: LineConnectionError.self) {
                try await LineClient.connect(host: "127.0.0.1", port: address.port, security: .implicit(.anybody))
            }
            #expect(error?.code == .insecure)
            #expect(error?.description == "TLS failed: the peer does not speak it")
        }
    }

    @Test("What is wrong with a certificate is told")
    func flaws() async throws {
        try await withFolder { folder in
            _ = try TLSIdentity.selfSigned(in: folder + "/tls", names: [])
            let lines = try String(contentsOfFile: folder + "/tls/certificate.pem", encoding: .utf8).split(
                separator: "\n")
            let octets = Array(try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined())))
            let now = Date()
            #expect(TLSFailure.flaw(of: octets, now: now) == "it vouches for itself")
            #expect(TLSFailure.flaw(of: octets, now: now.addingTimeInterval(-86_400)).hasPrefix("it begins on 20"))
            #expect(
                TLSFailure.flaw(of: octets, now: now.addingTimeInterval(20 * 365 * 86_400)).hasPrefix("it ended on 20"))
            #expect(TLSFailure.flaw(of: [1, 2, 3], now: now) == "it cannot be read")
        }
    }

    @Test("A peer that speaks plaintext instead of the handshake, or nothing, is closed")
    func noHandshake() async throws {
        try await withFolder { folder in
            let identity = try TLSIdentity.selfSigned(in: folder + "/tls", names: [])
            try await withServer(
                configure: {
                    $0.security = .implicit(identity)
                    $0.handshakeTime = .milliseconds(50)
                }, handler: LineServerTests.echo
            ) { address, _ in
                let silent = try await LineClient.connect(host: address.host, port: address.port)
                #expect((try? await rest(of: silent)) ?? "" == "")
                silent.close()
            }
        }
    }

    @Test("A certificate is made once, and only its owner may read the key")
    func identity() async throws {
        try await withFolder { folder in
            _ = try TLSIdentity.selfSigned(in: folder + "/tls", names: ["a.test"])
            let first = try Data(contentsOf: URL(filePath: folder + "/tls/certificate.pem"))
            _ = try TLSIdentity.selfSigned(in: folder + "/tls", names: ["b.test"])
            #expect(try Data(contentsOf: URL(filePath: folder + "/tls/certificate.pem")) == first)
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/tls/key.pem")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["tls"])
        }
    }

    @Test("Files that are no identity are named in one line")
    func badFiles() async throws {
        try await withFolder { folder in
            _ = try TLSIdentity.selfSigned(in: folder + "/one", names: [])
            _ = try TLSIdentity.selfSigned(in: folder + "/two", names: [])
            let (certificate, key) = (folder + "/one/certificate.pem", folder + "/two/key.pem")
            for (certificate, key, reason) in [
                (folder + "/none", key, "cannot read a certificate (PEM) from \(folder)/none"),
                (certificate, certificate, "cannot read a private key (PEM, no passphrase) from \(certificate)"),
                (certificate, key, "the key in \(key) does not belong to the certificate in \(certificate)"),
            ] {
                #expect {
                    try TLSIdentity(certificateFile: certificate, keyFile: key)
                } throws: { "\($0)" == reason }
            }
        }
    }
}
