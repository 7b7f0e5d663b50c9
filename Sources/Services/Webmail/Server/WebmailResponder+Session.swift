internal import Accounts
internal import Crypto
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import LineProtocol
internal import Logging
internal import Mail
internal import MailStore
internal import NIOCore
internal import Synchronization

/// A request of somebody who has logged in.
struct Visit: Sendable {
    let session: Session
    /// What the cookie holds.
    let number: String
    let query: FormData
    let isPrefetch: Bool
    /// Of a POST.
    var form = FormData()

    var mail: MailAccount { session.mail }

    /// The message that a query names.
    ///
    /// - Throws: ``WebmailError``.
    func place() throws -> (folder: String, uid: UInt32) {
        guard let uid = UInt32(query["uid"]), uid > 0 else {
            throw WebmailError(.notFound, "The message is gone", "It may have been moved or deleted.")
        }
        return (folder, uid)
    }

    /// The words that a query looks for; may be empty.
    var search: String { String(query["q"].prefix(200)).trimmingCharacters(in: .whitespacesAndNewlines) }
    /// The page of a list that a query names, from 1.
    var page: Int { max(1, min(1_000_000, Int(query["page"]) ?? 1)) }

    /// The folder that a query names; the inbox if it names none.
    var folder: String { query["folder"].isEmpty ? "INBOX" : query["folder"] }
}

/// Sessions: how requests that know nothing of each other belong together.
extension WebmailResponder {
    /// With the prefix browsers take it only over TLS and for this host alone (RFC 6265bis §4.1.3.2).
    private var cookieName: String { isSecure ? "__Host-headwater" : "headwater" }
    private var proofName: String { isSecure ? "__Host-headwater-proof" : "headwater-proof" }

    private func setCookie(_ name: String, _ value: String, ends: Bool = false) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
            + (ends ? "; Max-Age=0" : "")
    }

    private func cookie(_ name: String, of request: Request) -> String? {
        for field in request.headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard halves.count == 2, halves[0].trimmingCharacters(in: .whitespaces) == name else { continue }
                return halves[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }

    /// Whose request it is; nil if nobody's.
    func visit(_ request: Request) async throws -> Visit? {
        guard let number = cookie(cookieName, of: request), number.utf8.count <= 100,
            let session = state.sessions.withLock({ $0.session(number, now: .now) })
        else { return nil }
        guard try await isValid(session) else {
            state.sessions.withLock { $0.end(number) }
            return nil
        }
        let isPrefetch = request.field("Sec-Purpose")?.contains("prefetch") ?? false
        return Visit(session: session, number: number, query: try query(request), isPrefetch: isPrefetch)
    }

    /// Whether the account is still there, and has the password that the session began with.
    func isValid(_ session: Session) async throws -> Bool {
        let (keys, account) = try await accounts.keys(forUser: session.account.description)
        return account == session.account && keys.storedKey == session.storedKey
    }

    func query(_ request: Request) throws(FormError) -> FormData {
        try FormData(urlEncoded: (request.uri.query ?? "").utf8)
    }

    // MARK: Forms

    /// Whether a form was sent from a page of this server, as far as the browser says: every one that runs scripts at all
    /// says so.
    func isOwn(_ request: Request) -> Bool {
        if let site = request.field("Sec-Fetch-Site"), site != "same-origin" { return false }
        guard let origin = request.headers[.origin] else { return true }
        guard let authority = request.head.authority?.lowercased() else { return false }
        return origin.lowercased() == (isSecure ? "https://" : "http://") + authority
            // A proxy on this machine may have taken TLS off.
            || (!isSecure && origin.lowercased() == "https://" + authority)
    }

    /// Reads a form and checks that a page of this session sent it.
    ///
    /// - Throws: ``WebmailError``, ``FormError``.
    func read(_ request: Request, _ visit: inout Visit, limit: Int) async throws {
        visit.form = try await form(request, limit: limit)
        guard SecretText.isEqual(visit.form["csrf"], visit.session.token) else { throw WebmailError.foreignForm }
    }

    private func form(_ request: Request, limit: Int) async throws -> FormData {
        let tooLarge = WebmailError(
            .contentTooLarge, "That is too much", "A message can have \(SizeText.text(Self.maximumUpload)) of files.")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let type = FieldParameters(request.headers[.contentType] ?? "")
        var body: [UInt8] = []
        let end = ContinuousClock.now + .seconds(600)
        for try await piece in request.body {
            guard body.count + piece.readableBytes <= limit else { throw tooLarge }
            guard ContinuousClock.now < end else { throw WebmailError(.requestTimeout, "That took too long", "") }
            body += piece.readableBytesView
        }
        switch type.value {
        case "multipart/form-data": return try FormData(multipart: body, boundary: type["boundary"] ?? "")
        case "application/x-www-form-urlencoded": return try FormData(urlEncoded: body)
        default: throw WebmailError(.unsupportedMediaType, "The form cannot be read", "")
        }
    }

    // MARK: Logging in and out

    private struct LogInValues {
        var user = ""
        var proof: String
        var error: String?
        var notice: String?
    }

    /// A form for whoever has not logged in. The number in it fits the one in a cookie, so that nobody else's page can log a
    /// browser in to somebody else's account.
    func logInPage(
        _ request: Request, user: String = "", error: String? = nil, notice: String? = nil,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let former = cookie(proofName, of: request).flatMap { $0.utf8.count == 43 ? $0 : nil }
        let number = former ?? SecretText.random()
        var response = page(
            PageChrome(title: "Log in"), "log-in",
            LogInValues(user: user, proof: proof(number), error: error, notice: notice), status: status)
        if former == nil { response.headers[.setCookie] = setCookie(proofName, number) }
        return response
    }

    private func proof(_ number: String) -> String {
        SecretText.text(
            HMAC<SHA256>.authenticationCode(
                for: Array(number.utf8), using: SymmetricKey(data: Array(state.key.utf8))))
    }

    func logIn(_ request: Request, _ context: WebmailContext) async throws -> Response {
        guard isOwn(request) else { throw WebmailError.foreignForm }
        let form = try await form(request, limit: 8 << 10)
        let user = form["user"].trimmingCharacters(in: .whitespaces)
        guard let number = cookie(proofName, of: request), SecretText.isEqual(proof(number), form["proof"]) else {
            return logInPage(
                request, user: user, error: "Please try again. This site needs cookies.", status: .forbidden)
        }
        let origin = context.peer?.origin ?? ""
        if let wait = state.limiter.withLock({ $0.begin(user: user, from: origin, now: .now) }) {
            var response = logInPage(
                request, user: user, error: "Too many attempts. Please wait \((wait + 59) / 60) minutes.",
                status: .tooManyRequests)
            response.headers[.retryAfter] = String(wait)
            return response
        }
        guard let account = try await accounts.verify(user: user, password: form["password"]) else {
            // The same whether the user is unknown or the password wrong.
            logger.notice("a log-in failed", metadata: ["from": "\(context.peer?.host ?? "")"])
            return logInPage(
                request, user: user, error: "The address or the password is wrong.", status: .unauthorized)
        }
        state.limiter.withLock { $0.succeed(user: user, from: origin, now: .now) }
        let mail = try await store.account(account)
        let keys = try await accounts.keys(forUser: account.description).keys
        if let former = cookie(cookieName, of: request) { state.sessions.withLock { $0.end(former) } }
        let session = state.sessions.withLock {
            $0.begin(account, mail: mail, storedKey: keys.storedKey, now: .now)
        }
        var response = redirect("/mail")
        response.headers[.setCookie] = setCookie(cookieName, session)
        return response
    }

    func logOut(_ visit: Visit) -> Response {
        state.sessions.withLock { $0.end(visit.number) }
        var response = redirect("/login")
        response.headers[.setCookie] = setCookie(cookieName, "", ends: true)
        return response
    }
}

extension Request {
    /// A header field by its name.
    fileprivate func field(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}
