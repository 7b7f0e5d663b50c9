import Accounts
import AsyncHTTPClient
import Foundation
import LineProtocol
import Logging
import Mail
import MailStore
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization
import Testing

@testable import Webmail

/// A server on a port of its own, with the accounts `ann` and `bob` of `example.test`, both with the password `secret`.
/// What is sent goes straight into the inboxes of the recipients who have an account here.
struct WebmailHarness: Sendable {
    let url: String
    let store: MailStore
    let accounts: AccountStore
    let client: HTTPClient
    /// What was sent, as it was handed over.
    let sent: Sent

    final class Sent: Sendable {
        let messages = Mutex<[OutgoingMessage]>([])
        /// Whether sending fails.
        let fails = Mutex(false)
    }

    static let ann = AccountName("ann@example.test")!
    static let bob = AccountName("bob@example.test")!

    func mail(_ name: AccountName = ann) async throws -> MailAccount { try await store.account(name) }

    func deliver(_ message: String, to name: AccountName = ann) async throws {
        try await deliver(Array(message.utf8), to: name)
    }

    func deliver(_ octets: [UInt8], to name: AccountName) async throws {
        let spool = try await store.spool()
        try await spool.write(ByteBuffer(bytes: octets))
        try await store.deliver(spool, to: [name])
    }

    func browser() -> Browser { Browser(url: url, client: client) }

    /// A browser in which somebody has logged in.
    func browser(of name: AccountName) async throws -> Browser {
        let browser = browser()
        let page = try await browser.logIn(name.description, "secret")
        try #require(page.status == 303)
        return browser
    }
}

/// Starts a server, runs `body`, and stops the server in order.
func withWebmail(
    configure: (inout WebmailService.Configuration) -> Void = { _ in },
    _ body: @Sendable @escaping (WebmailHarness) async throws -> Void
) async throws {
    let root = FileManager.default.temporaryDirectory.path + "/webmail.\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let accounts = try AccountStore(folder: root, iterations: 4096)
    for name in [WebmailHarness.ann, WebmailHarness.bob] { try await accounts.add(name, password: "secret") }
    let store = MailStore(root: root + "/mail")
    let sent = WebmailHarness.Sent()
    var logger = Logger(label: "webmail")
    logger.logLevel = .critical
    var configuration = WebmailService.Configuration(host: "127.0.0.1", port: 0, tls: nil, logger: logger)
    configure(&configuration)
    let (urls, url) = AsyncStream.makeStream(of: String.self)
    let service = try WebmailService(
        configuration: configuration, accounts: accounts, store: store,
        send: { message in
            if sent.fails.withLock({ $0 }) { throw CancellationError() }
            sent.messages.withLock { $0.append(message) }
            for recipient in message.recipients {
                guard let name = AccountName(recipient.description), try await accounts.contains(name) else { continue }
                let spool = try await store.spool()
                try await spool.write(ByteBuffer(bytes: message.octets))
                try await store.deliver(spool, to: [name])
            }
        }, onListening: { url.yield($0) })
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [service], logger: logger))
    let client = HTTPClient(configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))
    do {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                var iterator = urls.makeAsyncIterator()
                let harness = WebmailHarness(
                    url: await iterator.next() ?? "", store: store, accounts: accounts, client: client, sent: sent)
                try await body(harness)
                await group.triggerGracefulShutdown()
            }
            do {
                for try await _ in tasks {}
            } catch {
                tasks.cancelAll()
                throw error
            }
        }
    } catch {
        try await client.shutdown()
        throw error
    }
    try await client.shutdown()
}

/// A response.
struct Page: Sendable {
    var status: UInt
    var headers: HTTPHeaders
    var octets: [UInt8]

    var text: String { String(decoding: octets, as: UTF8.self) }
    var location: String { header("Location") ?? "" }

    func header(_ name: String) -> String? { headers.first(name: name) }

    /// The value of a hidden field.
    func field(_ name: String) -> String { match("name=\"\(name)\" value=\"([^\"]*)\"") }

    /// Text without character references.
    static func plain(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }

    /// The first group of a pattern; empty where there is no match.
    func match(_ pattern: String) -> String {
        guard let expression = try? NSRegularExpression(pattern: pattern, options: [.dotMatchesLineSeparators]),
            let found = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)),
            let range = Range(found.range(at: 1), in: text)
        else { return "" }
        return String(text[range]).replacing("&amp;", with: "&")
    }
}

/// Requests with cookies, as a browser makes them; redirections are not followed.
final class Browser: Sendable {
    let url: String
    private let client: HTTPClient
    let cookies = Mutex<[String: String]>([:])

    init(url: String, client: HTTPClient) {
        self.url = url
        self.client = client
    }

    func send(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> Page {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        let cookies = cookies.withLock { $0.map { "\($0.key)=\($0.value)" }.joined(separator: "; ") }
        if !cookies.isEmpty { request.headers.add(name: "Cookie", value: cookies) }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await client.execute(request, timeout: .minutes(5))
        for field in response.headers["Set-Cookie"] {
            let pair = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let isGone = field.contains("Max-Age=0")
            self.cookies.withLock { $0[String(pair[0])] = isGone ? nil : String(pair[1]) }
        }
        let octets = try await response.body.collect(upTo: 100 << 20)
        return Page(status: response.status.code, headers: response.headers, octets: Array(octets.readableBytesView))
    }

    func get(_ path: String) async throws -> Page { try await send(.GET, path) }

    /// Sends a form as browsers do.
    func post(
        _ path: String, _ fields: [(String, String)], headers: [(String, String)]? = nil
    ) async throws -> Page {
        let body = fields.map { "\(Link.encode($0.0))=\(Link.encode($0.1))" }.joined(separator: "&")
        return try await send(
            .POST, path,
            headers: [("Content-Type", "application/x-www-form-urlencoded")] + (headers ?? ownHeaders),
            body: Array(body.utf8))
    }

    var ownHeaders: [(String, String)] { [("Origin", url), ("Sec-Fetch-Site", "same-origin")] }

    /// Sends a form with files.
    func upload(
        _ path: String, _ fields: [(String, String)], files: [(name: String, type: String, content: [UInt8])] = []
    ) async throws -> Page {
        var body: [UInt8] = []
        for (name, value) in fields {
            body += Array(
                "--limit\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        for file in files {
            let head =
                "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(file.name)\"\r\n"
                + "Content-Type: \(file.type)\r\n\r\n"
            body += Array(head.utf8) + file.content + Array("\r\n".utf8)
        }
        body += Array("--limit--\r\n".utf8)
        return try await send(
            .POST, path, headers: [("Content-Type", "multipart/form-data; boundary=limit")] + ownHeaders, body: body)
    }

    func logIn(_ user: String, _ password: String) async throws -> Page {
        let page = try await get("/login")
        return try await post(
            "/login", [("user", user), ("password", password), ("proof", page.field("proof"))])
    }

    /// The number that forms of this session have to bring.
    func token() async throws -> String { try await get("/mail").field("csrf") }

    /// Fields of the page on which messages are written, with some of them changed.
    func compose(_ page: Page, _ changes: [String: String], action: String) -> [(String, String)] {
        let hidden = [
            "csrf", "once", "account", "draft", "base-folder", "base-uid", "answers", "answers-folder", "answers-uid",
            "follows",
        ]
        var fields = hidden.map { ($0, Page.plain(page.field($0))) }
        for name in ["name", "to", "cc", "bcc", "subject"] {
            fields.append((name, changes[name] ?? Page.plain(page.match("name=\"\(name)\" value=\"([^\"]*)\""))))
        }
        fields.append(("text", changes["text"] ?? Page.plain(page.match("<textarea[^>]*>\n(.*?)</textarea>"))))
        return fields + [("action", action)]
    }
}
