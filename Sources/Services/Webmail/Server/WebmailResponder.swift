internal import Accounts
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import LineProtocol
internal import Logging
internal import Mail
internal import MailStore
internal import NIOCore
internal import Synchronization

/// What is known of a request besides itself.
struct WebmailContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: Endpoint?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = Endpoint(source.channel.remoteAddress)
    }
}

/// Answers requests.
///
/// `GET` shows, `POST` changes and then leads the browser to what it shall show: a page can be loaded again without doing
/// anything twice.
struct WebmailResponder: HTTPResponder {
    let accounts: AccountStore
    let store: MailStore
    let pages: PageTemplates
    /// Whether requests come over TLS.
    let isSecure: Bool
    let maximumRecipients: Int
    let logger: Logger
    /// Whether browsers shall come over TLS only from now on.
    let isStrict: Bool
    /// Takes the responsibility for a message.
    let submit: @Sendable (OutgoingMessage) async throws -> Void

    let state = SharedState()
    let renderer = MessageRenderer()
    /// Forms with files are in memory.
    let uploads = Gate(8)

    /// What requests share.
    final class SharedState: Sendable {
        let sessions = Mutex(SessionTable())
        let limiter = Mutex(LogInLimiter())
        /// Forms with files that are under way, by whose they are.
        let uploading = Mutex(Seats<AccountName>(total: .max, perKey: 2))
        /// Forms of which only the text is read, by where they come from.
        let reading = Mutex(Seats<String>(total: 16, perKey: 8))
        /// For proofs that a log-in form came from here.
        let key = SecretText.random()
    }

    func respond(to request: Request, context: WebmailContext) async throws -> Response {
        var response: Response
        do {
            response = try await route(request, context)
        } catch {
            response = failure(self.error(of: error, request.uri.path))
        }
        if isStrict { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        if request.method == .head { response.body = ResponseBody() }
        return response
    }

    /// What a visitor is told of an error.
    func error(of error: any Error, _ path: String) -> WebmailError {
        switch error {
        case let error as WebmailError: return error
        case let error as MailStoreError:
            if error.code == .unusable { report(error, path) }
            return WebmailError(error)
        case let error as FormError:
            return WebmailError(
                .badRequest, "The form cannot be read", error.code == .tooMany ? "It has too many fields." : "")
        case is AccountError: return .tooManyLogIns
        default:
            report(error, path)
            return WebmailError(.internalServerError, "Something went wrong", "Please try again.")
        }
    }

    private func report(_ error: any Error, _ path: String) {
        logger.error("a request failed", metadata: ["error": "\(error)", "path": "\(path)"])
    }

    private func route(_ request: Request, _ context: WebmailContext) async throws -> Response {
        let isForm = request.method == .post
        guard isForm || request.method == .get || request.method == .head else {
            throw WebmailError(.methodNotAllowed, "There is no such thing here", "")
        }
        switch (request.uri.path, isForm) {
        case ("/", false): return redirect("/mail")
        case ("/style.css", false): return asset(Stylesheet.text, "text/css; charset=utf-8")
        case ("/icon.svg", false): return asset(Stylesheet.icon, "image/svg+xml")
        case ("/blocked.svg", false): return asset(Stylesheet.blocked, "image/svg+xml")
        case ("/login", false):
            let next = try query(request)["next"]
            if try await visit(request) != nil { return redirect(Link.isOwn(next) ? next : "/mail") }
            return logInPage(request, next: next)
        case ("/login", true): return try await logIn(request, context)
        case ("/picture", false): return try await picture(request)
        case ("/compose", true): return try await compose(posted: request, context)
        default: break
        }
        guard var visit = try await visit(request) else {
            if isForm {
                throw WebmailError(.forbidden, "You are not logged in", "The session is over. Please log in again.")
            }
            return comesFromOutside(request) ? detour(request) : redirect(logInLink(request))
        }
        if isForm {
            guard isOwn(request) else { throw WebmailError.foreignForm }
            try await read(request, &visit, limit: 256 << 10)
        }
        switch (request.uri.path, isForm) {
        case ("/logout", true): return logOut(visit)
        case ("/mail", false): return try await list(visit)
        case ("/mail", true): return try await act(visit)
        case ("/message", false): return try await message(visit)
        case ("/body", false): return try await body(visit)
        case ("/part", false): return try await part(visit)
        case ("/raw", false): return try await raw(visit)
        case ("/thread", false): return try await thread(visit)
        case ("/compose", false): return try await compose(visit)
        case ("/folders", false): return try await folders(visit)
        case ("/folders", true): return try await changeFolders(visit)
        default: throw WebmailError(.notFound, "There is no such page", "")
        }
    }

    /// Forgets sessions that are over and closes mailboxes that nobody looks at, once a minute, until it is cancelled.
    func tidy() async throws {
        while true {
            try await Task.sleep(for: .seconds(60))
            for mail in state.sessions.withLock({ $0.expire(now: .now) }) { mail.rest() }
        }
    }

    // MARK: Responses

    /// A page, with what browsers have to know to keep it safe.
    func page(
        _ chrome: PageChrome, _ name: String, _ values: Any, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: Headers.page,
            body: ResponseBody(byteBuffer: ByteBuffer(string: pages.page(chrome, name, values))))
    }

    /// Leads a browser on, by GET.
    func redirect(_ location: String) -> Response {
        var headers = Headers.page
        headers[.location] = location
        return Response(status: .seeOther, headers: headers)
    }

    private func asset(_ text: String, _ type: String) -> Response {
        var headers = Headers.page
        headers[.contentType] = type
        headers[.cacheControl] = "public, max-age=86400"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private func failure(_ error: WebmailError) -> Response {
        let isDoor = error.status == .forbidden || error.status == .tooManyRequests
        var response = page(
            PageChrome(title: error.title), "error",
            ErrorPage(
                title: error.title, text: error.text, link: error.link?.url ?? (isDoor ? "/login" : "/mail"),
                linkText: error.link?.text ?? (isDoor ? "Log in" : "Back to the mail")), status: error.status)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }
}
