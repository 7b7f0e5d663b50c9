import Accounts
import Foundation
import MailStore
import Testing

@testable import Webmail

@Suite("Limits of log-ins")
struct LogInLimiterTests {
    @Test("An address may fail ten times, and again when ten minutes are over")
    func origins() {
        var limiter = LogInLimiter()
        let now = ContinuousClock.now
        for number in 0..<10 { #expect(limiter.begin(user: "u\(number)", from: "a", now: now) == nil) }
        #expect(limiter.begin(user: "u", from: "a", now: now) == 601)
        #expect(limiter.begin(user: "u", from: "b", now: now) == nil)
        #expect(limiter.begin(user: "u", from: "a", now: now + .seconds(599)) == 2)
        #expect(limiter.begin(user: "u", from: "a", now: now + .seconds(600)) == nil)
    }

    @Test("Success does not count")
    func success() {
        var limiter = LogInLimiter()
        let now = ContinuousClock.now
        for _ in 0..<100 {
            #expect(limiter.begin(user: "u", from: "a", now: now) == nil)
            limiter.succeed(user: "u", from: "a", now: now)
        }
    }

    @Test("Guessing at one account from many addresses is stopped, but not its owner")
    func accounts() {
        var limiter = LogInLimiter()
        let now = ContinuousClock.now
        #expect(limiter.begin(user: "Owner@x", from: "home", now: now) == nil)
        limiter.succeed(user: "owner@x", from: "home", now: now)
        for number in 0..<50 { #expect(limiter.begin(user: "owner@x", from: "\(number)", now: now) == nil) }
        #expect(limiter.begin(user: "OWNER@x", from: "elsewhere", now: now) != nil)
        #expect(limiter.begin(user: "owner@x", from: "home", now: now) == nil)
        // Not for ever.
        let later = now + .seconds(86_400)
        for number in 0..<50 { #expect(limiter.begin(user: "owner@x", from: "\(number)", now: later) == nil) }
        #expect(limiter.begin(user: "owner@x", from: "home", now: later) != nil)
    }

    @Test("Names and addresses without end do not take memory without end")
    func capacity() {
        var limiter = LogInLimiter()
        let now = ContinuousClock.now
        for number in 0..<3 * LogInLimiter.capacity {
            _ = limiter.begin(user: "u\(number)", from: "\(number)", now: now)
            limiter.succeed(user: "u\(number)", from: "\(number)", now: now)
        }
        #expect(limiter.size <= LogInLimiter.capacity)
    }
}

@Suite("Sessions")
struct SessionTableTests {
    private func account(_ body: (MailAccount) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.path + "/sessions.\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let name = try #require(AccountName("ann@example.test"))
        try await body(try await MailStore(root: root).account(name))
    }

    @Test("A session lasts half an hour from its last use, and twelve hours at most")
    func lifetime() async throws {
        try await account { mail in
            var table = SessionTable()
            let name = try #require(AccountName("ann@example.test"))
            let now = ContinuousClock.now
            let number = table.begin(name, mail: mail, storedKey: [1], now: now)
            #expect(number.utf8.count == 43)
            #expect(table.session((number.hasPrefix("x") ? "y" : "x") + number.dropFirst(), now: now) == nil)
            let found = table.session(number, now: now + .seconds(1700))
            let session = try #require(found)
            #expect(session.token != number && session.pictureKey != number && session.token != session.pictureKey)
            #expect(table.session(pictureKey: session.pictureKey, now: now + .seconds(1800)) != nil)
            #expect(table.session(number, now: now + .seconds(3400)) != nil)
            // A picture's key does not keep a session alive.
            #expect(table.session(pictureKey: session.pictureKey, now: now + .seconds(5300)) == nil)
            #expect(table.session(number, now: now + .seconds(5300)) == nil)
            let second = table.begin(name, mail: mail, storedKey: [1], now: now)
            for minute in stride(from: 0, to: 720, by: 20) {
                #expect(table.session(second, now: now + .seconds(minute * 60)) != nil)
            }
            #expect(table.session(second, now: now + .seconds(43_200)) == nil)
            #expect(table.count == 0)
        }
    }

    @Test("Logging out ends it, with its key for pictures; many sessions of one account push out the oldest")
    func ending() async throws {
        try await account { mail in
            var table = SessionTable()
            let name = try #require(AccountName("ann@example.test"))
            let now = ContinuousClock.now
            let first = table.begin(name, mail: mail, storedKey: [1], now: now)
            let key = table.session(first, now: now)?.pictureKey ?? ""
            table.end(first)
            #expect(table.session(first, now: now) == nil && table.session(pictureKey: key, now: now) == nil)
            let numbers = (0..<25).map {
                table.begin(name, mail: mail, storedKey: [1], now: now + .seconds($0))
            }
            #expect(table.count == SessionTable.perAccount)
            #expect(table.session(numbers[4], now: now + .seconds(30)) == nil)
            #expect(table.session(numbers[5], now: now + .seconds(30)) != nil)
        }
    }

    @Test("Mailboxes rest when nobody looks at them, and when their session is over")
    func rest() async throws {
        try await account { mail in
            var table = SessionTable()
            let name = try #require(AccountName("ann@example.test"))
            let now = ContinuousClock.now
            let number = table.begin(name, mail: mail, storedKey: [1], now: now)
            #expect(table.expire(now: now + .seconds(100)).isEmpty)
            #expect(table.expire(now: now + .seconds(130)).count == 1)
            _ = table.session(number, now: now + .seconds(140))
            #expect(table.expire(now: now + .seconds(150)).isEmpty)
            table.end(number)
            #expect(table.expire(now: now + .seconds(150)).count == 1)
            #expect(table.expire(now: now + .seconds(150)).isEmpty)
        }
    }

    @Test("A notice is said once")
    func notice() async throws {
        try await account { mail in
            var table = SessionTable()
            let name = try #require(AccountName("ann@example.test"))
            let number = table.begin(name, mail: mail, storedKey: [1], now: .now)
            table.leave(Session.Notice(text: "Sent."), for: number)
            #expect(table.takeNotice(number)?.text == "Sent.")
            #expect(table.takeNotice(number) == nil)
        }
    }
}
