@testable import Accounts
import Foundation
import TestSupport
import Testing

@Suite("Randomised SASL")
struct RandomisedSASLTests {
    private let pieces = [
        "n,,", "y,,", "p=x,,", "n=", "r=", "c=", "biws", "p=", "v=", "e=", "s=", "i=", "4096", ",", "=", "=3D", "=2C",
        "a=",
        "user", "\0", "W22ZaJ0SNY7soEsUEjb6gQ==", "\u{7F}", "é", "999999999999999999999",
    ]

    @Test("Whatever messages come, a server ends or asks on, and never lets anybody in")
    func server() throws {
        var generator = SeededGenerator(seed: 5802)
        let keys = try SCRAMKeys(password: "pencil", salt: [1, 2, 3, 4], iterations: 4096)
        for _ in 0..<fuzzRounds(default: 2000) {
            let mechanism = SASLMechanism.allCases.randomElement(using: &generator) ?? .plain
            var server = SASLServer(mechanism, nonce: "xyz")
            for _ in 0..<4 {
                var step = server.receive(
                    Bool.random(using: &generator) ? message(&generator) : Array("n,,n=user,r=abc".utf8))
                switch step {
                case .findKeys: step = server.found((keys, AccountName("user@example.test")))
                case .checkPassword: step = server.checked(nil)
                case .challenge, .success, .failure: break
                }
                if case .success = step { Issue.record("somebody got in") }
            }
        }
    }

    @Test("Whatever a server says, a client throws or answers, and never trusts it")
    func client() throws {
        var generator = SeededGenerator(seed: 7677)
        for _ in 0..<fuzzRounds(default: 500) {
            var client = try SASLClient(.scramSHA256, user: "user", password: "pencil", nonce: "abc")
            _ = client.initialResponse()
            for round in 0..<3 {
                let challenge =
                    round == 0 && Bool.random(using: &generator)
                    ? Array("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8) : message(&generator)
                _ = try? client.receive(challenge)
            }
            #expect(throws: SASLClient.Failure.self) { try client.finish() }
        }
    }

    private func message(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...12, using: &generator)).flatMap { _ -> [UInt8] in
            Int.random(in: 0..<8, using: &generator) == 0
                ? [UInt8.random(in: 0...255, using: &generator)]
                : Array((pieces.randomElement(using: &generator) ?? "").utf8)
        }
    }
}
