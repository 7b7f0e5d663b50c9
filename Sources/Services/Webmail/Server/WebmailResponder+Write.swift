internal import Accounts
internal import Crypto
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import LineProtocol
internal import MailStore
internal import Synchronization

/// The form with which messages are written. Whatever goes wrong, what was typed is on the page that answers, or in a draft.
extension WebmailResponder {
    // MARK: The form

    /// The form of the page on which messages are written.
    func compose(posted request: Request, _ context: WebmailContext) async throws -> Response {
        guard isOwn(request) else { throw WebmailError.foreignForm }
        guard var visit = try await visit(request) else { return try await reopen(request, context) }
        let account = visit.session.account
        // Two of an account at once, so that nobody keeps others from writing.
        guard state.uploading.withLock({ $0.take(account) }) else {
            visit.form = try await lean(request, context)
            return await again(
                visit,
                WebmailError(
                    .serviceUnavailable, "Nothing was sent or saved", "Please wait until other files have been sent.",
                    retryAfter: 10))
        }
        defer { state.uploading.withLock { $0.leave(account) } }
        return try await uploads.pass {
            var visit = visit
            visit.form = try await form(request, limit: Self.maximumUpload, cuts: true)
            guard SecretText.isEqual(visit.form["csrf"], visit.session.token) else {
                let writer = visit.form["account"]
                return await again(
                    visit,
                    WebmailError(
                        .forbidden, "Nothing was sent or saved",
                        writer.isEmpty || writer == account.description
                            ? "You have logged in anew since this page was opened. Please look it over and go on."
                            : "This was written by \(writer.prefix(320)); now \(account) is logged in."))
            }
            return await answer(visit)
        }
    }

    /// Octets of a form with files: in base64 they are a third more.
    static let maximumUpload = 26 << 20
    /// Octets of a form that are read where its files cannot be kept: its text, which comes first.
    static let maximumLean = 2 << 20

    /// What was typed, without the files.
    ///
    /// - Throws: ``WebmailError`` when there are too many such forms at once.
    private func lean(_ request: Request, _ context: WebmailContext) async throws -> FormData {
        let origin = context.peer?.origin ?? ""
        guard state.reading.withLock({ $0.take(origin) }) else {
            throw WebmailError(
                .serviceUnavailable, "Too much at once",
                "Nothing was sent. Load this page again: the browser then brings what you wrote once more.",
                retryAfter: 10)
        }
        defer { state.reading.withLock { $0.leave(origin) } }
        return try await form(request, limit: Self.maximumLean, cuts: true, within: .seconds(120))
    }

    /// The page as it was sent, with what is wrong.
    private func again(_ visit: Visit, _ error: WebmailError) async -> Response {
        let (page, isMissing) = await restore(visit.form, visit)
        return await again(page, error, visit, isMissing: isMissing)
    }

    private func again(_ page: ComposePage, _ error: WebmailError, _ visit: Visit, isMissing: Bool) async -> Response {
        let lostFiles = !visit.form.files.isEmpty || visit.form.isCut || isMissing
        let text = "\(error.title). \(error.text)" + (lostFiles ? " Files have to be chosen again." : "")
        var response = await show(
            page, visit, notice: Session.Notice(text: text, isWarning: true), status: error.status)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    // MARK: Without a session

    /// The session is over: the page asks to log in, keeps what was written, and goes on from there. Nothing is sent before
    /// a page of the new session was.
    private func reopen(_ request: Request, _ context: WebmailContext) async throws -> Response {
        let form = try await lean(request, context)
        guard form.has("password") else { return door(request, form, nil) }
        let admission: Admission
        do {
            admission = try await admit(form, request, context)
        } catch is AccountError {
            return door(request, form, WebmailError.tooManyLogIns)
        }
        switch admission {
        case .refused(let error): return door(request, form, error)
        case .admitted(let number):
            guard let session = state.sessions.withLock({ $0.session(number, now: .now) }) else {
                return door(request, form, nil)
            }
            let visit = Visit(session: session, number: number, query: FormData(), isPrefetch: false, form: form)
            let (page, isMissing) = await restore(form, visit)
            let text = "You are logged in. Nothing was sent yet: please look it over and go on."
            var response = await show(
                page, visit,
                notice: Session.Notice(
                    text: text + (isMissing ? " Files that went along have to be chosen again." : "")))
            response.headers[.setCookie] = sessionCookie(number)
            return response
        }
    }

    private func door(_ request: Request, _ form: FormData, _ error: WebmailError?) -> Response {
        var values = ComposePage(form)
        let (proof, cookie) = proof(for: request)
        let files = form.files.isEmpty && !form.isCut ? "" : " Files have to be chosen again afterwards."
        let user = form.has("user") ? String(form["user"].prefix(320)) : values.account
        values.door = ComposePage.Door(
            user: user.isEmpty ? nil : user, proof: proof,
            error: error.map { "\($0.title). \($0.text)" }
                ?? "The session is over. Nothing was sent; what you wrote is still here. Log in to go on.\(files)")
        values.once = ""
        var response = page(PageChrome(title: "Log in"), "compose", values, status: error?.status ?? .forbidden)
        if let cookie { response.headers[.setCookie] = cookie }
        if let seconds = error?.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    // MARK: Once

    /// Does what a form asks for, or tells what became of it if it came before.
    private func answer(_ visit: Visit) async -> Response {
        let (number, digest) = (String(visit.form["once"].prefix(64)), visit.form.digest)
        guard !number.isEmpty else { return await response(to: visit, await perform(visit)) }
        let (earlier, task) = state.sessions.withLock { sessions in
            let found = sessions.withForms(of: visit.number) {
                forms -> (TakenForms.Entry?, Task<FormOutcome, Never>?) in
                if let earlier = forms.entry(number, digest) { return (earlier, nil) }
                return (nil, begin(visit, number, digest, &forms))
            }
            return found ?? (nil, nil)
        }
        if let task { return await response(to: visit, await task.value) }
        guard let earlier else { return await response(to: visit, await perform(visit)) }
        let outcome = await earlier.outcome.value
        if earlier.digest == digest {
            if case .done = outcome, !state.sessions.withLock({ $0.hasNotice(visit.number) }) {
                leave("That was done already; it is not done twice.", visit)
            }
            return await response(to: visit, outcome)
        }
        // The same page with another text: the browser went back to it.
        if case .done(_, isSent: true) = outcome, visit.form["action"] == "send" {
            var (page, isMissing) = await restore(visit.form, visit)
            page.draft = ""
            return await again(
                page,
                WebmailError(
                    .conflict, "Not sent",
                    "From this page a message was sent already. Send it again if this shall be another one."),
                visit, isMissing: isMissing)
        }
        let next = state.sessions.withLock { sessions in
            sessions.withForms(of: visit.number) { begin(visit, number, digest, &$0) }
        }
        guard let next else { return await response(to: visit, await perform(visit)) }
        return await response(to: visit, await next.value)
    }

    /// A browser that sends a form twice lets the first request go; what it asked for is done to the end nevertheless.
    private func begin(
        _ visit: Visit, _ number: String, _ digest: SHA256Digest, _ forms: inout TakenForms
    ) -> Task<FormOutcome, Never> {
        let task = Task {
            let outcome = await perform(visit)
            if case .failed = outcome {
                _ = state.sessions.withLock { $0.withForms(of: visit.number) { $0.remove(number, digest) } }
            }
            return outcome
        }
        forms.append(
            TakenForms.Entry(number: number, digest: digest, draft: UInt32(visit.form["draft"]), outcome: task))
        return task
    }

    private func response(to visit: Visit, _ outcome: FormOutcome) async -> Response {
        switch outcome {
        case .done(let location, _): return redirect(location)
        case .failed(let page, let error): return await again(page, error, visit, isMissing: false)
        }
    }

    private func perform(_ visit: Visit) async -> FormOutcome {
        do {
            return try await write(visit)
        } catch {
            let error = self.error(of: error, "/compose")
            return .failed(
                await restore(visit.form, visit).page,
                WebmailError(
                    error.status, "Nothing was sent or saved", "\(error.title). \(error.text)",
                    retryAfter: error.retryAfter))
        }
    }
}
