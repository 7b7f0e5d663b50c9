internal import AsyncHTTPClient
internal import HTTP
internal import HTTPCache
internal import HTTPSemantics
internal import Logging
internal import NIOCore

/// Carries out fills: asks the origins, decides what may be stored, moves the body.
struct Fetcher: Sendable {
    let configuration: EdgeConfiguration
    let cache: EdgeCache
    let client: OriginClient
    let metrics: EdgeMetrics

    /// Runs a fill to its end, whatever that is.
    func run(_ fill: Fill) async {
        let plan = fill.plan
        do {
            switch plan.purpose {
            case .pass: try await pass(fill)
            case .share, .refresh: try await share(fill)
            }
        } catch {
            cache.end(fill)
            fill.begin(substitute(plan, for: nil) ?? .failed(status: error.status))
        }
    }

    // MARK: For everyone

    private func share(_ fill: Fill) async throws(OriginClient.Failure) {
        let plan = fill.plan
        let plain = FieldRules.fetching(plan.fields)
        var fields = plain
        if let stale = plan.stale {
            FieldRules.validating(stale.fields).forEachLine { fields.append(name: $0, value: $1) }
        }
        var answer = try await client.ask(.get, plan.target, fields, ByteBuffer())
        if answer.status == 304, let stale = plan.stale {
            if FieldRules.describes(answer.fields, stale.fields) {
                confirm(stale, by: answer, fill)
                return
            }
            // It speaks of another representation than the one that is here (RFC 9111 §4.3.4), which is to come whole.
            answer = try await client.ask(.get, plan.target, plain, ByteBuffer())
        }
        // Without conditions there is nothing that a 304 could confirm.
        guard answer.status != 304 else { throw OriginClient.Failure(status: 502) }
        if [500, 502, 503, 504].contains(answer.status), let head = substitute(plan, for: answer.status) {
            cache.end(fill)
            fill.begin(head)
            return
        }
        var response = arriving(answer, plan)
        let reserved = keep(&response, for: fill, answer)
        fill.begin(.arriving(response))
        await move(answer, response, into: fill, reserved: reserved)
    }

    /// What is stored, if it may stand in for an origin that failed, with a status if it gave one.
    private func substitute(_ plan: FetchPlan, for status: Int?) -> Fill.Head? {
        let directives = CacheDirectives(cacheControl: plan.fields)
        guard let stale = plan.stale, stale.freshness.servesOnError(for: directives, at: configuration.clock()) else {
            return nil
        }
        return .substitute(stale, status: status)
    }

    /// Brings what is stored up to date for everyone; or, if with these fields it may not be stored (RFC 9111 §3), for
    /// the one client whose request led here.
    private func confirm(_ stale: CachedResponse, by answer: OriginClient.Answer, _ fill: Fill) {
        metrics.validated()
        let plan = fill.plan
        let validated = validated(stale, by: answer, plan)
        switch permission(for: validated, plan) {
        case .everyone:
            cache.store(validated, from: fill, reserved: 0)
            fill.begin(.validated(validated))
            return
        case .thisRequest: cache.end(fill)
        case .nobody:
            cache.endUnshared(fill, at: answer.responseTime)
            cache.remove(plan.target)
        }
        fill.begin(.unshared(validated))
    }

    /// Who may have a stored response after its fields have changed.
    private enum Permission {
        case everyone
        /// The request forbids to keep what it brought, which says nothing about what others brought.
        case thisRequest
        /// The response is not to be stored any more.
        case nobody
    }

    private func permission(for validated: CachedResponse, _ plan: FetchPlan) -> Permission {
        func isStorable(for request: FieldSection) -> Bool {
            SharedCacheRules(
                request: request, status: validated.status, fields: validated.fields,
                responseTime: validated.freshness.responseTime, configuration: configuration.rules
            ).isStorable
        }
        if isStorable(for: plan.fields) { return .everyone }
        return isStorable(for: [:]) ? .thisRequest : .nobody
    }

    /// A stored response with its fields brought up to date (RFC 9111 §4.3.4).
    private func validated(_ stale: CachedResponse, by answer: OriginClient.Answer, _ plan: FetchPlan) -> CachedResponse
    {
        var update = answer.fields
        // Without a Date of its own the answer is from now, not from when the stored response was.
        if !update.contains(.date) { update.append(.date, Self.date(answer.responseTime)) }
        let fields = FieldRules.updated(stale.fields, by: update)
        // The answer's Age, not one of long ago.
        let rules = SharedCacheRules(
            request: plan.fields, status: stale.status, fields: fields, responseTime: answer.responseTime,
            configuration: configuration.rules)
        return CachedResponse(
            status: stale.status, fields: fields, block: block(fields, plan.method), body: stale.body,
            freshness: Freshness(
                rules: rules, fields: fields, requestTime: answer.requestTime, responseTime: answer.responseTime),
            variant: VariantKey(response: fields, request: plan.fields))
    }

    /// Decides whether the response is stored, and shared if so; sets memory aside for it.
    ///
    /// - Returns: bytes set aside.
    private func keep(
        _ response: inout ArrivingResponse, for fill: Fill, _ answer: OriginClient.Answer
    ) -> Int {
        let now = answer.responseTime
        let fields = response.block.bytes.readableBytes
        let isTooLarge = response.length ?? 0 > configuration.maximumObject
        if response.isShared, !isTooLarge {
            let weight = CachedResponse.weight(body: response.length ?? 0, fields: fields)
            if cache.reserve(weight) {
                response.isStored = true
                return weight
            }
        }
        // Whether it was the client's own request that forbade storing says nothing about the next client's.
        let isShareable =
            SharedCacheRules(
                request: [:], status: answer.status, fields: answer.fields, responseTime: now,
                configuration: configuration.rules
            ).isStorable && !isTooLarge
        // Nor does a failure say that the next response may not be shared.
        if isShareable || answer.status >= 500 { cache.end(fill) } else { cache.endUnshared(fill, at: now) }
        if !response.isShared, fill.plan.stale != nil, answer.status < 500 {
            // A response that may not be stored has taken the old one's place.
            cache.remove(fill.plan.target)
        }
        response.isShared = false
        fill.stopKeeping()
        return 0
    }

    // MARK: For one client

    private func pass(_ fill: Fill) async throws(OriginClient.Failure) {
        let plan = fill.plan
        var fields = FieldRules.endToEnd(plan.fields)
        fields.remove(.contentLength)
        let answer = try await client.ask(plan.method, plan.target, fields, plan.content)
        for target in FieldRules.invalidated(
            by: plan.method.description, target: plan.target, host: plan.fields[.host], status: answer.status,
            fields: answer.fields)
        {
            cache.remove(target)
        }
        if plan.method == .head, let stale = plan.stale, answer.status == 200 { freshen(stale, by: answer, plan) }
        var response = arriving(answer, plan)
        response.isShared = false
        fill.begin(.arriving(response))
        await move(answer, response, into: fill, reserved: 0)
    }

    /// A HEAD's response brings the stored one up to date, or shows that it is no longer the origin's
    /// (RFC 9111 §4.3.5).
    private func freshen(_ stale: CachedResponse, by answer: OriginClient.Answer, _ plan: FetchPlan) {
        // What is stored goes without its length.
        var stored = stale.fields
        stored.append(.contentLength, String(stale.body.readableBytes))
        guard FieldRules.describes(answer.fields, stored) else {
            cache.remove(plan.target)
            return
        }
        let validated = validated(stale, by: answer, plan)
        switch permission(for: validated, plan) {
        case .everyone: cache.replace(stale, by: validated, target: plan.target)
        case .thisRequest: break
        case .nobody: cache.remove(plan.target)
        }
    }

    // MARK: Both

    private func arriving(_ answer: OriginClient.Answer, _ plan: FetchPlan) -> ArrivingResponse {
        var fields = FieldRules.endToEnd(answer.fields)
        let length =
            plan.method == .head || answer.status == 204 || answer.status == 304
            ? nil : answer.fields[.contentLength].flatMap { Int($0) }
        if plan.method != .head { fields.remove(.contentLength) }
        if !fields.contains(.date) {
            // RFC 9110 §6.6.1: a recipient adds the time of reception before it stores or forwards.
            fields.append(.date, Self.date(answer.responseTime))
        }
        let rules = SharedCacheRules(
            request: plan.fields, status: answer.status, fields: answer.fields, responseTime: answer.responseTime,
            configuration: configuration.rules)
        return ArrivingResponse(
            status: answer.status, fields: fields, block: block(fields, plan.method), length: length,
            isShared: rules.isStorable,
            isStored: false,
            freshness: Freshness(
                rules: rules, fields: answer.fields, requestTime: answer.requestTime,
                responseTime: answer.responseTime),
            variant: VariantKey(response: fields, request: plan.fields))
    }

    private static func date(_ time: Double) -> String { HTTPDate(secondsSinceEpoch: Int(time)).description }

    /// The fields as they are sent; Age and Content-Length are each response's own. What an origin without CORS serves
    /// may be read by any page, as what ours serves; an origin that has its own CORS fields is left alone.
    private func block(_ fields: FieldSection, _ method: RequestMethod) -> HeaderBlock {
        var block = HeaderBlock(fields, excluding: [.age, .contentLength])
        block.append("Via", configuration.via)
        if method == .get || method == .head, !fields.contains(CrossOrigin.allowOrigin) {
            block.append(CrossOrigin.fields)
        }
        return block
    }

    /// Moves the body from the origin into the fill, and the whole into the cache.
    private func move(
        _ answer: OriginClient.Answer, _ response: ArrivingResponse, into fill: Fill, reserved: Int
    ) async {
        var ledger = Ledger(cache: cache, reserved: reserved, isStored: response.isStored)
        var received = 0
        do {
            for try await piece in answer.body {
                guard piece.readableBytes > 0 else { continue }
                received += piece.readableBytes
                metrics.received(bytes: piece.readableBytes)
                if !ledger.covers(received, of: response, maximum: configuration.maximumObject) {
                    cache.end(fill)
                    fill.stopKeeping()
                }
                if await !fill.append(piece, expected: response.length),
                    cache.abandon(fill, expected: response.length)
                {
                    throw CancellationError()
                }
            }
            guard received == response.length ?? received else { throw OriginClient.Failure(status: 502) }
        } catch {
            if !(error is CancellationError) {
                metrics.fillFailed()
                configuration.logger.info(
                    "response ended too early",
                    metadata: ["target": "\(fill.plan.target)", "received": "\(received)", "error": "\(error)"])
            }
            ledger.settle()
            cache.end(fill)
            fill.fail()
            return
        }
        guard ledger.isStored else {
            ledger.settle()
            fill.finish(whole: nil)
            return
        }
        let whole = fill.wholeBody()
        cache.store(
            CachedResponse(
                status: response.status, fields: response.fields, block: response.block, body: whole,
                freshness: response.freshness, variant: response.variant),
            from: fill, reserved: ledger.reserved)
        fill.finish(whole: whole)
    }
}

/// The memory that one fill has set aside.
private struct Ledger {
    let cache: EdgeCache
    var reserved: Int
    var isStored: Bool

    /// Steps in which a body of unknown length is covered.
    private static let step = 1 << 20

    /// Sees to it that memory is set aside for `received` bytes; false when, from this piece on, the response is no
    /// longer stored.
    mutating func covers(_ received: Int, of response: ArrivingResponse, maximum: Int) -> Bool {
        guard isStored, response.length == nil, received > reserved else { return true }
        let more = max(Self.step, received - reserved)
        if received <= maximum, cache.reserve(more) {
            reserved += more
            return true
        }
        settle()
        return false
    }

    mutating func settle() {
        cache.release(reserved)
        reserved = 0
        isStored = false
    }
}
