internal import Foundation
package import HTTP
internal import HTTPCache
internal import HTTPSemantics
internal import NIOCore

/// Answers from the cache, on the event loop, or has an origin asked.
package struct EdgeResponder: Responder {
    private let configuration: EdgeConfiguration
    private let cache: EdgeCache
    private let health: SharedOriginHealth
    private let metrics: EdgeMetrics
    /// Hands a fill to the service that carries it out.
    private let begin: @Sendable (Fill) -> Void

    /// A request whose Via names this many caches of our name has run in circles, though not through this one.
    private static let longestChain = 8

    init(
        configuration: EdgeConfiguration, cache: EdgeCache, health: SharedOriginHealth, metrics: EdgeMetrics,
        begin: @escaping @Sendable (Fill) -> Void
    ) {
        self.configuration = configuration
        self.cache = cache
        self.health = health
        self.metrics = metrics
        self.begin = begin
    }

    package func respond(to request: Request, on exchange: Exchange) {
        var head = request.head
        head.target = RequestTarget.withoutClientData(head.target)
        switch head.method {
        case .get: get(head, exchange)
        case .head: self.head(head, exchange)
        case .options where head.target == "*" || head.fields.contains(Self.preflight):
            exchange.send(CrossOrigin.options(allowing: "GET, HEAD, OPTIONS"))
        case .other("CONNECT"), .other("TRACE"):
            var fields = HeaderBlock()
            fields.append("Allow", Self.methods)
            exchange.send(.plain(405, fields: fields))
        case .options: options(request, exchange)
        case .other: pass(request, exchange, .method)
        }
    }

    /// What is answered here or forwarded.
    private static let methods = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"

    private static let preflight = FieldName("Access-Control-Request-Method")

    /// Refuses what is not to be forwarded; false then. A hit needs no such check: its target has passed it.
    private func isForwardable(_ head: RequestHead, _ exchange: Exchange) -> Bool {
        guard URLPath(head.path) != nil else {
            exchange.send(.plain(400, "the path is malformed"))
            return false
        }
        return !refusesLoop(head, exchange)
    }

    /// Refuses a request that has been here before, or with too many of our kind for another explanation; true then.
    private func refusesLoop(_ head: RequestHead, _ exchange: Exchange) -> Bool {
        guard head.fields.contains(.via) else { return false }
        // received-protocol RWS received-by [ RWS comment ] (RFC 9110 §7.6.3)
        let names = head.fields.members(.via).compactMap { $0.split(separator: " ").dropFirst().first }
        let pseudonym = configuration.pseudonym
        guard
            names.contains(where: { $0 == pseudonym })
                || names.count(where: { $0.hasPrefix(configuration.name) }) >= Self.longestChain
        else { return false }
        exchange.send(.plain(508, "an origin leads back here"))
        return true
    }

    // MARK: GET

    private func get(_ head: RequestHead, _ exchange: Exchange) {
        let now = configuration.clock()
        let directives = head.fields.contains(.cacheControl) ? CacheDirectives(cacheControl: head.fields) : nil
        var stale: CachedResponse?
        var forward = CacheStatus.Forward.uriMiss
        switch cache.lookup(head.target, head.fields) {
        case .response(let cached):
            switch cached.freshness.use(for: directives, at: now) {
            case .fresh, .staleAllowed:
                metrics.hit()
                send(cached, head, exchange, CacheStatus(cache: configuration.name, isHit: true), now)
                return
            case .staleWhileRevalidate:
                guard !refusesLoop(head, exchange) else { return }
                metrics.hit()
                metrics.servedStaleWhileRevalidating()
                send(
                    cached, head, exchange,
                    CacheStatus(cache: configuration.name, isHit: true, detail: "revalidating"), now)
                refresh(cached, head, now)
                return
            case .validateFirst:
                guard !sendsInstead(cached, head, directives, exchange, now) else { return }
                stale = cached
                forward = cached.freshness.timeToLive(at: now) > 0 ? .request : .stale
            }
        case .otherVariant: forward = .varyMiss
        case .nothing: break
        }
        if directives?.onlyIfCached == true {
            exchange.send(.plain(504, "not in the cache"))
            return
        }
        guard isForwardable(head, exchange) else { return }
        // A client that wants nothing stored gets an exchange of its own.
        guard directives?.noStore != true else {
            pass(Request(head: head), exchange, .request)
            return
        }
        join(head, exchange, stale: stale, forward: forward, now)
    }

    private func join(
        _ head: RequestHead, _ exchange: Exchange, stale: CachedResponse?, forward: CacheStatus.Forward, _ now: Double
    ) {
        let joined = cache.join(head.target, at: now, forClient: true) {
            Fill(
                plan: FetchPlan(
                    purpose: .share, method: .get, target: head.target, fields: head.fields, stale: stale),
                configuration: configuration)
        }
        guard let (fill, leads) = joined else {
            pass(Request(head: head), exchange, .bypass)
            return
        }
        if leads { metrics.missed() } else { metrics.joined() }
        let status = CacheStatus(cache: configuration.name, forward: forward, collapsed: !leads)
        wait(for: fill, exchange) { answer(head, exchange, fill, $0, status) }
        fill.unpledge()
        if leads { begin(fill) }
    }

    /// Sends a stale response before any origin is asked, and asks behind it, if it may stand in for an error and none
    /// answered the last time: each client would wait for them to be silent again. A client that demands validation gets
    /// it.
    private func sendsInstead(
        _ cached: CachedResponse, _ head: RequestHead, _ directives: CacheDirectives?, _ exchange: Exchange,
        _ now: Double
    ) -> Bool {
        guard !health.isAnyAlive, directives?.noCache != true, cached.freshness.timeToLive(at: now) <= 0,
            cached.freshness.servesOnError(for: directives, at: now)
        else { return false }
        guard !refusesLoop(head, exchange) else { return true }
        metrics.servedStaleOnError()
        send(cached, head, exchange, CacheStatus(cache: configuration.name, isHit: true, detail: "origin-error"), now)
        refresh(cached, head, now)
        return true
    }

    /// Validates behind a stale answer, unless someone does already.
    private func refresh(_ cached: CachedResponse, _ head: RequestHead, _ now: Double) {
        let joined = cache.join(head.target, at: now, forClient: false) {
            Fill(
                plan: FetchPlan(
                    purpose: .refresh, method: .get, target: head.target, fields: head.fields, stale: cached),
                configuration: configuration)
        }
        if let (fill, leads) = joined, leads { begin(fill) }
    }

    // MARK: HEAD and the rest

    /// HEAD is answered from a stored GET; without one it goes to an origin, whose answer is not stored.
    private func head(_ head: RequestHead, _ exchange: Exchange) {
        let now = configuration.clock()
        let directives = head.fields.contains(.cacheControl) ? CacheDirectives(cacheControl: head.fields) : nil
        var stale: CachedResponse?
        var forward = CacheStatus.Forward.uriMiss
        if case .response(let cached) = cache.lookup(head.target, head.fields) {
            switch cached.freshness.use(for: directives, at: now) {
            case .fresh, .staleAllowed, .staleWhileRevalidate:
                metrics.hit()
                send(cached, head, exchange, CacheStatus(cache: configuration.name, isHit: true), now)
                return
            case .validateFirst:
                guard !sendsInstead(cached, head, directives, exchange, now) else { return }
                stale = cached
                forward = .stale
            }
        }
        if directives?.onlyIfCached == true {
            exchange.send(.plain(504, "not in the cache"))
            return
        }
        pass(Request(head: head), exchange, forward, stale: stale)
    }

    /// OPTIONS goes to an origin, unless it has come as far as it may.
    private func options(_ request: Request, _ exchange: Exchange) {
        let limit = ForwardingLimit(request.head.fields)
        switch limit {
        case .none, .left:
            var request = request
            request.head.fields = limit.forwarding(request.head.fields)
            pass(request, exchange, .method)
        case .reached: exchange.send(CrossOrigin.options(allowing: Self.methods))
        case .malformed: exchange.send(.plain(400, "Max-Forwards is not a number"))
        }
    }

    private func pass(
        _ request: Request, _ exchange: Exchange, _ forward: CacheStatus.Forward, stale: CachedResponse? = nil
    ) {
        let head = request.head
        guard isForwardable(head, exchange) else { return }
        metrics.passed()
        let fill = Fill(
            plan: FetchPlan(
                purpose: .pass, method: head.method, target: head.target, fields: head.fields,
                content: request.content, stale: stale),
            configuration: configuration)
        let status = CacheStatus(cache: configuration.name, forward: forward)
        wait(for: fill, exchange) { answer(head, exchange, fill, $0, status) }
        begin(fill)
    }

    // MARK: Answers

    private func wait(for fill: Fill, _ exchange: Exchange, _ action: @escaping @Sendable (Fill.Head) -> Void) {
        if let id = fill.whenHead(action) { exchange.onDisconnect { fill.leave(id) } }
    }

    /// Answers with what a fill brought. Called by the fill's task or on the event loop.
    private func answer(
        _ head: RequestHead, _ exchange: Exchange, _ fill: Fill, _ outcome: Fill.Head, _ status: CacheStatus
    ) {
        let now = configuration.clock()
        var status = status
        switch outcome {
        case .failed(let code):
            var fields = HeaderBlock()
            fields.append("Cache-Status", status.description)
            fields.append("Cache-Control", constant: "no-store")
            exchange.send(.plain(code, "no origin answers", fields: fields))
        case .validated(let cached), .substitute(let cached, _):
            guard cached.variant.matches(head.fields) else {
                retry(head, exchange)
                return
            }
            if case .substitute(_, let originStatus) = outcome {
                metrics.servedStaleOnError()
                (status.forwardStatus, status.detail) = (originStatus, "origin-error")
            } else {
                status.forwardStatus = 304
            }
            send(cached, head, exchange, status, now)
        case .unshared(let cached):
            guard !status.collapsed else {
                retry(head, exchange)
                return
            }
            status.forwardStatus = 304
            send(cached, head, exchange, status, now)
        case .arriving(let response):
            let isPassed = if case .pass = fill.plan.purpose { true } else { false }
            let isOwn = !status.collapsed
            if !isPassed {
                let fits = response.isShared && response.variant.matches(head.fields)
                // Only the first may have what is not shared, and only as a whole: its conditions were not sent.
                guard fits || isOwn && !hasConditions(head.fields) else {
                    retry(head, exchange)
                    return
                }
            }
            status.forwardStatus = response.status
            status.stored = response.isStored && isOwn
            send(response, head, exchange, fill, status, now, asItIs: isPassed)
        }
    }

    /// A fetch for this client alone, after one that it joined turned out not to be for it.
    private func retry(_ head: RequestHead, _ exchange: Exchange) {
        let bypass = CacheStatus.Forward.bypass
        exchange.eventLoop.execute { pass(Request(head: head), exchange, bypass) }
    }

    private func hasConditions(_ fields: FieldSection) -> Bool {
        fields.contains(.range) || fields.contains(.ifNoneMatch) || fields.contains(.ifModifiedSince)
            || fields.contains(.ifMatch) || fields.contains(.ifUnmodifiedSince)
    }

    /// Sends a stored response: as a whole, in part, or as 304.
    private func send(
        _ cached: CachedResponse, _ head: RequestHead, _ exchange: Exchange, _ status: CacheStatus, _ now: Double
    ) {
        var status = status
        status.timeToLive = Int(cached.freshness.timeToLive(at: now).rounded(.down))
        var additions = HeaderBlock()
        additions.append("Age", Int(cached.freshness.age(at: now)))
        additions.append("Cache-Status", status.description)
        let selection =
            cached.status == 200
            ? Selection(
                cached.validators, length: cached.body.readableBytes, request: head.fields, method: head.method,
                now: Int(now))
            : .whole
        let body = cached.body
        exchange.send(
            selection.response(status: cached.status, fields: cached.block, additions: additions) { range in
                guard let range else { return .bytes(body) }
                guard let slice = body.getSlice(at: body.readerIndex + range.lowerBound, length: range.count) else {
                    return .empty
                }
                return .bytes(slice)
            })
    }

    /// Sends a response while it arrives.
    ///
    /// - Parameter asItIs: the origin has dealt with the client's conditions itself.
    private func send(
        _ response: ArrivingResponse, _ head: RequestHead, _ exchange: Exchange, _ fill: Fill, _ status: CacheStatus,
        _ now: Double, asItIs: Bool
    ) {
        var status = status
        if response.isStored { status.timeToLive = Int(response.freshness.timeToLive(at: now).rounded(.down)) }
        var additions = HeaderBlock()
        if status.collapsed || response.fields.contains(.age) {
            additions.append("Age", Int(response.freshness.age(at: now)))
        }
        additions.append("Cache-Status", status.description)
        if asItIs, head.method == .head {
            let length = response.fields[.contentLength].flatMap { Int($0) }
            exchange.send(
                Response(
                    status: response.status, fields: response.block, additions: additions,
                    body: .omitted(length: length)))
            return
        }
        var selection = Selection.whole
        if !asItIs, response.status == 200 {
            selection = Selection(
                Validators(response.fields, now: Int(now)), length: response.length, request: head.fields,
                method: head.method, now: Int(now))
        }
        let result = selection.response(status: response.status, fields: response.block, additions: additions) {
            guard let stream = fill.stream($0) else { return nil }
            return .stream(stream, length: $0?.count ?? response.length)
        }
        exchange.send(result)
    }
}
