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
        let uploading = Mutex<[AccountName: Int]>([:])
        /// For proofs that a log-in form came from here.
        let key = SecretText.random()
    }

    func respond(to request: Request, context: WebmailContext) async throws -> Response {
        var response: Response
        do {
            response = try await route(request, context)
        } catch let error as WebmailError {
            response = failure(error)
        } catch let error as MailStoreError {
            if error.code == .unusable { report(error, request) }
            response = failure(WebmailError(error))
        } catch let error as FormError {
            response = failure(
                WebmailError(
                    .badRequest, "The form cannot be read", error.code == .tooMany ? "It has too many fields." : ""))
        } catch is AccountError {
            response = failure(
                WebmailError(.serviceUnavailable, "Too busy", "Too many people are logging in. Please try again soon."))
        } catch {
            report(error, request)
            response = failure(WebmailError(.internalServerError, "Something went wrong", "Please try again."))
        }
        if request.method == .head { response.body = ResponseBody() }
        return response
    }

    private func report(_ error: any Error, _ request: Request) {
        logger.error("a request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
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
        case ("/login", false): return logInPage(request)
        case ("/login", true): return try await logIn(request, context)
        case ("/picture", false): return try await picture(request)
        default: break
        }
        guard var visit = try await visit(request) else {
            if isForm {
                throw WebmailError(.forbidden, "You are not logged in", "The session is over. Please log in again.")
            }
            return redirect("/login")
        }
        if isForm {
            guard isOwn(request) else { throw WebmailError.foreignForm }
            if request.uri.path == "/compose" { return try await upload(request, visit) }
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

    /// A form with files: two of an account at once, so that nobody keeps others from writing.
    private func upload(_ request: Request, _ visit: Visit) async throws -> Response {
        let account = visit.session.account
        let isFree = state.uploading.withLock { uploading in
            guard uploading[account, default: 0] < 2 else { return false }
            uploading[account, default: 0] += 1
            return true
        }
        guard isFree else {
            throw WebmailError(.serviceUnavailable, "Too much at once", "Please wait until other files have been sent.")
        }
        defer {
            state.uploading.withLock { uploading in
                let left = uploading[account, default: 1] - 1
                uploading[account] = left > 0 ? left : nil
            }
        }
        return try await uploads.pass {
            var visit = visit
            try await read(request, &visit, limit: Self.maximumUpload)
            return try await write(visit)
        }
    }

    /// Octets of a form with files.
    static let maximumUpload = 26 << 20

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
        struct Values {
            var title: String
            var text: String
            var link: String
            var linkText: String
        }
        let isDoor = error.status == .forbidden || error.status == .tooManyRequests
        var response = page(
            PageChrome(title: error.title), "error",
            Values(
                title: error.title, text: error.text, link: isDoor ? "/login" : "/mail",
                linkText: isDoor ? "Log in" : "Back to the mail"), status: error.status)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }
}

/// What a visitor is told when a request cannot be done.
struct WebmailError: Error {
    var status: HTTPResponse.Status
    var title: String
    var text: String
    var retryAfter: Int?

    init(_ status: HTTPResponse.Status, _ title: String, _ text: String, retryAfter: Int? = nil) {
        self.status = status
        self.title = title
        self.text = text
        self.retryAfter = retryAfter
    }

    init(_ error: MailStoreError) {
        switch error.code {
        case .noMailbox: self.init(.notFound, "There is no such folder", "It may have been renamed or deleted.")
        case .noMessage: self.init(.notFound, "The message is gone", "It may have been moved or deleted.")
        case .exists, .notAllowed, .inUse, .limit: self.init(.conflict, "That cannot be done", "\(error).")
        case .unusable: self.init(.internalServerError, "The mail cannot be read", "Please try again later.")
        }
    }

    static let foreignForm = WebmailError(
        .forbidden, "This form did not come from here", "Nothing was done. Please open the page anew and try again.")
}
