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

    /// - Parameters:
    ///   - limit: octets that are read.
    ///   - cuts: whether a longer form is read as far as that goes; else it is an error.
    ///   - time: how long it may take to come.
    /// - Throws: ``WebmailError``, ``FormError``.
    func form(
        _ request: Request, limit: Int, cuts: Bool = false, within time: Duration = .seconds(600)
    ) async throws -> FormData {
        let tooLarge = WebmailError(.contentTooLarge, "That is too much", "The form is too large.")
        if !cuts, let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let type = FieldParameters(request.headers[.contentType] ?? "")
        var body: [UInt8] = []
        var isCut = false
        let end = ContinuousClock.now + time
        for try await piece in request.body {
            if body.count + piece.readableBytes > limit {
                guard cuts else { throw tooLarge }
                body += piece.readableBytesView.prefix(limit - body.count)
                isCut = true
                break
            }
            guard ContinuousClock.now < end else { throw WebmailError(.requestTimeout, "That took too long", "") }
            body += piece.readableBytesView
        }
        switch type.value {
        case "multipart/form-data":
            return try FormData(multipart: body, boundary: type["boundary"] ?? "", isCut: isCut)
        case "application/x-www-form-urlencoded" where !isCut: return try FormData(urlEncoded: body)
        default: throw WebmailError(.unsupportedMediaType, "The form cannot be read", "")
        }
    }

    // MARK: Logging in and out

    private struct LogInValues {
        var user: String?
        var proof: String
        /// Where to go afterwards.
        var next = ""
        var error: String?
    }

    /// A form for whoever has not logged in. The number in it fits the one in a cookie, so that nobody else's page can log a
    /// browser in to somebody else's account.
    func logInPage(
        _ request: Request, user: String = "", next: String = "", error: WebmailError? = nil
    ) -> Response {
        let (proof, cookie) = proof(for: request)
        let values = LogInValues(
            user: user.isEmpty ? nil : user, proof: proof, next: Link.isOwn(next) ? next : "",
            error: error.map { "\($0.title). \($0.text)" })
        var response = page(PageChrome(title: "Log in"), "log-in", values, status: error?.status ?? .ok)
        if let cookie { response.headers[.setCookie] = cookie }
        if let seconds = error?.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    /// What a form for logging in has to bring, and the cookie that it fits if the browser has none.
    func proof(for request: Request) -> (proof: String, cookie: String?) {
        let former = cookie(proofName, of: request).flatMap { $0.utf8.count == 43 ? $0 : nil }
        let number = former ?? SecretText.random()
        return (proof(number), former == nil ? setCookie(proofName, number) : nil)
    }

    private func proof(_ number: String) -> String {
        SecretText.text(
            HMAC<SHA256>.authenticationCode(
                for: Array(number.utf8), using: SymmetricKey(data: Array(state.key.utf8))))
    }

    /// What becomes of somebody who wants in.
    enum Admission {
        /// The number of a new session.
        case admitted(number: String)
        case refused(WebmailError)
    }

    /// Checks address and password in a form.
    ///
    /// - Throws: `AccountError` when too many are being checked.
    func admit(_ form: FormData, _ request: Request, _ context: WebmailContext) async throws -> Admission {
        let user = form["user"].trimmingCharacters(in: .whitespaces)
        guard let number = cookie(proofName, of: request), SecretText.isEqual(proof(number), form["proof"]) else {
            return .refused(WebmailError(.forbidden, "Please try again", "This site needs cookies."))
        }
        let origin = context.peer?.origin ?? ""
        if let wait = state.limiter.withLock({ $0.begin(user: user, from: origin, now: .now) }) {
            return .refused(
                WebmailError(
                    .tooManyRequests, "Too many attempts", "Please wait \((wait + 59) / 60) minutes.", retryAfter: wait)
            )
        }
        guard let account = try await accounts.verify(user: user, password: form["password"]) else {
            // The same whether the user is unknown or the password wrong.
            logger.notice("a log-in failed", metadata: ["from": "\(context.peer?.host ?? "")"])
            return .refused(WebmailError(.unauthorized, "The address or the password is wrong", "Please try again."))
        }
        state.limiter.withLock { $0.succeed(user: user, from: origin, now: .now) }
        let mail = try await store.account(account)
        let keys = try await accounts.keys(forUser: account.description).keys
        if let former = cookie(cookieName, of: request) { state.sessions.withLock { $0.end(former) } }
        let session = state.sessions.withLock {
            $0.begin(account, mail: mail, storedKey: keys.storedKey, now: .now)
        }
        return .admitted(number: session)
    }

    /// Gives a browser the number of its session.
    func sessionCookie(_ number: String) -> String { setCookie(cookieName, number) }

    func logIn(_ request: Request, _ context: WebmailContext) async throws -> Response {
        guard isOwn(request) else { throw WebmailError.foreignForm }
        let form = try await form(request, limit: 16 << 10)
        switch try await admit(form, request, context) {
        case .refused(let error):
            return logInPage(
                request, user: form["user"].trimmingCharacters(in: .whitespaces), next: form["next"], error: error)
        case .admitted(let number):
            var response = redirect(Link.isOwn(form["next"]) ? form["next"] : "/mail")
            response.headers[.setCookie] = sessionCookie(number)
            return response
        }
    }

    /// Where somebody who has not logged in is led: back to what they asked for afterwards.
    func logInLink(_ request: Request) -> String {
        let target = request.uri.path + (request.uri.query.map { "?\($0)" } ?? "")
        return target != "/mail" && target.utf8.count <= 2048 && Link.isOwn(target)
            ? Link.path("/login", [("next", target)]) : "/login"
    }

    /// Whether a link outside of these pages leads to writing a message: one in a message, whose frame has an origin of its
    /// own. Browsers leave the cookie away then (`SameSite=Strict`).
    func comesFromOutside(_ request: Request) -> Bool {
        request.uri.path == "/compose" && request.field("Sec-Fetch-Site") == "cross-site"
            && request.field("Sec-Fetch-Mode") == "navigate" && request.field("Sec-Fetch-Dest") == "document"
    }

    /// Has a browser ask again, from a page of this server: then the cookie comes along. What it asks for does nothing, it
    /// only shows a form.
    func detour(_ request: Request) -> Response {
        let target = request.uri.path + (request.uri.query.map { "?\($0)" } ?? "")
        guard target.utf8.count <= 8192, Link.isOwn(target) else { return redirect("/login") }
        var chrome = PageChrome(title: "New message")
        chrome.refresh = target
        return page(
            chrome, "error",
            ErrorPage(title: "New message", text: "The page comes at once.", link: target, linkText: "Show it"))
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
