@testable import Accounts
import Foundation
import Testing

@Suite("SASL")
struct SASLTests {
    static let name = AccountName("user@example.test")

    @Test("SCRAM-SHA-256 says to the octet what RFC 7677 §3 says")
    func publishedVector() throws {
        let salt = try #require(Data(base64Encoded: "W22ZaJ0SNY7soEsUEjb6gQ=="))
        let keys = try SCRAMKeys(password: "pencil", salt: Array(salt), iterations: 4096)
        var client = try SASLClient(.scramSHA256, user: "user", password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO")
        var server = SASLServer(.scramSHA256, nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")

        let clientFirst = client.initialResponse() ?? []
        #expect(text(clientFirst) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
        #expect(server.receive(clientFirst) == .findKeys(user: "user"))
        guard case .challenge(let serverFirst) = server.found((keys, Self.name)) else {
            Issue.record("no challenge")
            return
        }
        #expect(
            text(serverFirst)
                == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
        let clientFinal = try client.receive(serverFirst)
        #expect(
            text(clientFinal)
                == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
        let final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        #expect(server.receive(clientFinal) == .challenge(Array(final.utf8)))
        #expect(throws: SASLClient.Failure.impostor) { try client.finish() }
        let empty = try client.receive(Array(final.utf8))
        try client.finish()
        #expect(server.receive(empty) == .success(try #require(Self.name)))
    }

    @Test("A client does not believe a server that does not know the password")
    func impostor() throws {
        var client = try SASLClient(.scramSHA256, user: "user", password: "pencil", nonce: "abc")
        _ = client.initialResponse()
        _ = try client.receive(Array("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8))
        #expect(throws: SASLClient.Failure.impostor) {
            try client.receive(Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8))
        }
    }

    @Test(
        "A client refuses a server's first message that is not in order",
        arguments: [
            "", "r=abc,s=W22Z,i=4096", "r=xyzdef,s=W22Z,i=4096", "r=abcdef,i=4096,s=W22Z", "r=abcdef,s=!,i=4096",
            "r=abcdef,s=W22Z,i=4095", "r=abcdef,s=W22Z,i=99999999999", "m=x,r=abcdef,s=W22Z,i=4096",
        ])
    func badServerFirst(message: String) throws {
        var client = try SASLClient(.scramSHA256, user: "user", password: "pencil", nonce: "abc")
        _ = client.initialResponse()
        #expect(throws: SASLClient.Failure.self) { try client.receive(Array(message.utf8)) }
    }

    @Test(
        "A server refuses a client's first message that is not in order",
        arguments: [
            "", "n", "n,,", "n,,n=user", "n,,r=abc", "p=tls-unique,,n=user,r=abc", "x,,n=user,r=abc", "n,,n=a=b,r=abc",
            "n,,m=ext,n=user,r=abc", "n,,n=,r=abc", "n,,n=user,r=", "n,,n=us\u{1}er,r=abc", "n,b=x,n=user,r=abc",
        ])
    func badClientFirst(message: String) {
        var server = SASLServer(.scramSHA256)
        #expect(server.receive(Array(message.utf8)) == .failure(.malformed))
    }

    @Test("A proof of another password, or over another nonce, is none")
    func badProof() throws {
        let keys = try SCRAMKeys(password: "pencil", salt: [1, 2, 3, 4], iterations: 4096)
        var client = try SASLClient(.scramSHA256, user: "user", password: "pen", nonce: "abc")
        var server = SASLServer(.scramSHA256, nonce: "def")
        _ = server.receive(client.initialResponse())
        guard case .challenge(let first) = server.found((keys, Self.name)) else { return }
        let final = try client.receive(first)
        #expect(server.receive(final) == .failure(.rejected))

        for (old, new) in [("r=abcdef", "r=abcdeg"), ("c=biws", "c=eSws"), (",p=", ",p=!"), ("c=biws,", "")] {
            var client = try SASLClient(.scramSHA256, user: "user", password: "pencil", nonce: "abc")
            var server = SASLServer(.scramSHA256, nonce: "def")
            _ = server.receive(client.initialResponse())
            guard case .challenge(let first) = server.found((keys, Self.name)) else { return }
            let final = text(try client.receive(first)).replacing(old, with: new)
            #expect(server.receive(Array(final.utf8)) == .failure(.malformed))
        }
    }

    @Test("A right proof for a user who does not exist is rejected")
    func unknownUser() throws {
        let keys = try SCRAMKeys(password: "pencil", salt: [1, 2, 3, 4], iterations: 4096)
        var client = try SASLClient(.scramSHA256, user: "user", password: "pencil", nonce: "abc")
        var server = SASLServer(.scramSHA256, nonce: "def")
        _ = server.receive(client.initialResponse())
        guard case .challenge(let first) = server.found((keys, nil)) else { return }
        #expect(server.receive(try client.receive(first)) == .failure(.rejected))
    }

    @Test(
        "PLAIN takes a message in order, and no authority over others",
        arguments: [
            ("\0user\0pencil", SASLServer.Step.checkPassword(user: "user", password: "pencil")),
            ("USER\0user\0pencil", .checkPassword(user: "user", password: "pencil")),
            ("root\0user\0pencil", .failure(.notAuthorized)),
            ("user\0pencil", .failure(.malformed)), ("\0user\0", .failure(.malformed)),
            ("\0\0pencil", .failure(.malformed)), ("\0user\0pen\0cil", .failure(.malformed)),
            ("", .failure(.malformed)),
        ])
    func plain(message: String, step: SASLServer.Step) {
        var server = SASLServer(.plain)
        #expect(server.receive(Array(message.utf8)) == step)
    }

    @Test("LOGIN asks for the user and then for the password; both sides agree on every mechanism")
    func login() throws {
        var server = SASLServer(.login)
        #expect(server.receive(nil) == .challenge(Array("Username:".utf8)))
        var client = try SASLClient(.login, user: "user", password: "pencil")
        #expect(client.initialResponse() == nil)
        #expect(server.receive(try client.receive(Array("Username:".utf8))) == .challenge(Array("Password:".utf8)))
        #expect(
            server.receive(try client.receive(Array("Password:".utf8)))
                == .checkPassword(user: "user", password: "pencil"))
        #expect(server.checked(nil) == .failure(.rejected))
        #expect(server.receive([]) == .failure(.malformed))
        try client.finish()
    }

    @Test("A mechanism without initial response is asked with an empty challenge")
    func noInitialResponse() {
        var server = SASLServer(.plain)
        #expect(server.receive(nil) == .challenge([]))
        #expect(server.receive(Array("\0a\0b".utf8)) == .checkPassword(user: "a", password: "b"))
    }

    @Test("Names with commas and equals signs survive")
    func names() throws {
        var client = try SASLClient(.scramSHA256, user: "a=b,c", password: "x", nonce: "abc")
        let first = client.initialResponse() ?? []
        #expect(text(first) == "n,,n=a=3Db=2Cc,r=abc")
        var server = SASLServer(.scramSHA256)
        #expect(server.receive(first) == .findKeys(user: "a=b,c"))
    }

    private func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }
}
