import Accounts
import Foundation
import Testing

@Suite("Account store")
struct AccountStoreTests {
    private func withStore(_ body: (AccountStore, _ folder: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString).path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(try AccountStore(folder: folder, iterations: 4096), folder)
    }

    private let anna = AccountName(user: "anna", domain: "example.test")
    private let bert = AccountName(user: "bert", domain: "example.test")

    @Test("An account logs in with its password, until that changes or the account is removed")
    func life() async throws {
        let (anna, bert) = (try #require(anna), try #require(bert))
        try await withStore { store, _ in
            try await store.add(anna, password: "one", now: Date(timeIntervalSince1970: 100))
            #expect(try await store.verify(user: "anna@example.test", password: "one") == anna)
            // Again, from memory; and never from memory what is wrong.
            #expect(try await store.verify(user: "Anna@Example.TEST", password: "one") == anna)
            for password in ["two", "", "one\u{0}", "on"] {
                #expect(try await store.verify(user: "anna@example.test", password: password) == nil)
            }
            #expect(try await store.verify(user: "bert@example.test", password: "one") == nil)
            try await store.setPassword(anna, password: "two", now: Date(timeIntervalSince1970: 200))
            #expect(try await store.verify(user: "anna@example.test", password: "one") == nil)
            #expect(try await store.verify(user: "anna@example.test", password: "two") == anna)
            try await store.add(bert, password: "one", now: Date(timeIntervalSince1970: 300))
            #expect(try await store.list().map(\.name) == [anna, bert])
            #expect(try await store.list().first?.changed == Date(timeIntervalSince1970: 200))
            try await store.remove(anna)
            #expect(try await store.verify(user: "anna@example.test", password: "two") == nil)
            #expect(try await store.contains(anna) == false)
            #expect(try await store.contains(bert))
        }
    }

    @Test("What cannot be done is told apart")
    func errors() async throws {
        let anna = try #require(anna)
        try await withStore { store, folder in
            try await store.add(anna, password: "one")
            await #expect { try await store.add(anna, password: "x") } throws: {
                ($0 as? AccountError)?.code == .exists
            }
            for password in ["", "a\nb", String(repeating: "x", count: 1025)] {
                await #expect { try await store.setPassword(anna, password: password) } throws: {
                    ($0 as? AccountError)?.code == .badPassword
                }
            }
            try await store.remove(anna)
            await #expect { try await store.remove(anna) } throws: { ($0 as? AccountError)?.code == .unknown }
            await #expect { try await store.setPassword(anna, password: "x") } throws: {
                ($0 as? AccountError)?.code == .unknown
            }
            try Data("no database at all, but long enough to be looked at".utf8).write(
                to: URL(filePath: folder + "/bad"))
            #expect { try AccountStore(folder: folder + "/bad") } throws: { ($0 as? AccountError)?.code == .unusable }
        }
    }

    @Test("Two stores on one folder see each other's changes, and add together")
    func sharing() async throws {
        try await withStore { store, folder in
            let other = try AccountStore(folder: folder, iterations: 4096)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 0..<20 {
                    let name = try #require(AccountName("user\(number)@example.test"))
                    tasks.addTask { try await (number.isMultiple(of: 2) ? store : other).add(name, password: "x") }
                }
                try await tasks.waitForAll()
            }
            #expect(try await store.list().count == 20)
            #expect(try await other.verify(user: "user0@example.test", password: "x") != nil)
            try await store.setPassword(try #require(AccountName("user0@example.test")), password: "y")
            #expect(try await other.verify(user: "user0@example.test", password: "x") == nil)
        }
    }

    @Test("The database is its owner's only, and holds no password")
    func secrecy() async throws {
        let anna = try #require(anna)
        try await withStore { store, folder in
            try await store.add(anna, password: "correct horse battery")
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let path = folder + "/" + name
                #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
                #expect(try Data(contentsOf: URL(filePath: path)).range(of: Data("horse".utf8)) == nil)
            }
        }
    }

    @Test("Keys of a user who does not exist look like others and stay the same, across restarts too")
    func decoys() async throws {
        let anna = try #require(anna)
        try await withStore { store, folder in
            try await store.add(anna, password: "one")
            let real = try await store.keys(forUser: "anna@example.test")
            let decoy = try await store.keys(forUser: "nobody@example.test")
            #expect(real.account == anna)
            #expect(decoy.account == nil)
            #expect(decoy.keys.salt.count == real.keys.salt.count)
            #expect(decoy.keys.iterations == real.keys.iterations)
            #expect(try await store.keys(forUser: "nobody@example.test").keys == decoy.keys)
            let other = try AccountStore(folder: folder, iterations: 4096)
            #expect(try await other.keys(forUser: "NOBODY@example.test").keys == decoy.keys)
            #expect(try await other.keys(forUser: "nobody2@example.test").keys.salt != decoy.keys.salt)
        }
    }

    @Test("When too many passwords wait, the next is told to come again")
    func busy() async throws {
        try await withStore { _, folder in
            let store = try AccountStore(folder: folder, iterations: 100_000, threads: 1, waiting: 0)
            let results = await withTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<50 {
                    tasks.addTask {
                        do {
                            _ = try await store.verify(user: "nobody@example.test", password: "x")
                            return true
                        } catch {
                            return (error as? AccountError)?.code != .busy
                        }
                    }
                }
                return await tasks.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(results.contains(true))
            #expect(results.contains(false))
        }
    }

    @Test("Both sides agree, through the store, on every mechanism", arguments: SASLMechanism.allCases)
    func mechanisms(mechanism: SASLMechanism) async throws {
        let anna = try #require(anna)
        try await withStore { store, _ in
            try await store.add(anna, password: "pässwörd one")
            for (password, isRight) in [("pässwörd\u{A0}one", true), ("passwort", false)] {
                var client = try SASLClient(mechanism, user: "anna@example.test", password: password)
                var server = SASLServer(mechanism)
                var step = try await store.advance(&server, with: client.initialResponse())
                while case .challenge(let challenge) = step {
                    step = try await store.advance(&server, with: try client.receive(challenge))
                }
                #expect(step == (isRight ? .success(anna) : .failure(.rejected)))
                if isRight { try client.finish() }
            }
        }
    }

    @Test(
        "Names are USER@DOMAIN in lower case, and nothing that means something in a path",
        arguments: [
            ("anna@example.test", "anna@example.test"), ("Anna.B+c@EXAMPLE.test", "anna.b+c@example.test"),
            ("a@localhost", "a@localhost"), ("anna", nil), ("@example.test", nil), ("anna@", nil), ("a@b@c", nil),
            ("../x@example.test", nil), (".a@example.test", nil), ("a..b@example.test", nil), ("a/b@example.test", nil),
            ("a@../x", nil), ("a@-x.test", nil), ("a@x..test", nil), ("a\0@x.test", nil), ("-a@x.test", nil),
            ("ä@x.test", nil), ("\u{212A}@x.test", nil),
            (String(repeating: "a", count: 65) + "@x.test", nil),
        ] as [(String, String?)])
    func names(text: String, name: String?) {
        #expect(AccountName(text)?.description == name)
    }
}
