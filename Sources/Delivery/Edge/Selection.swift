internal import HTTP
internal import HTTPSemantics

/// What of a 200 response a client gets, after its preconditions and its range (RFC 9110 §13.2.2).
enum Selection {
    case whole
    /// Of so many bytes.
    case part(Range<Int>, of: Int)
    case notModified
    case failed
    case unsatisfiable(of: Int)

    /// - Parameters:
    ///   - length: of the representation; nil when it is not known yet: then a Range is ignored.
    ///   - method: a Range counts for GET only (RFC 9110 §14.2).
    init(_ validators: Validators, length: Int?, request: FieldSection, method: RequestMethod, now: Int) {
        self = .whole
        switch validators.evaluate(request, now: now) {
        case .notModified:
            self = .notModified
            return
        case .failed:
            self = .failed
            return
        case .proceed: break
        }
        guard let length, method == .get, request.contains(.range), validators.permitsRange(request, now: now) else {
            return
        }
        switch RangeSelection(request.combined(.range), length: length) {
        case .whole: break
        case .part(let range): self = .part(range, of: length)
        case .unsatisfiable: self = .unsatisfiable(of: length)
        }
    }

    /// The response.
    ///
    /// - Parameters:
    ///   - status: of the response that is selected from.
    ///   - body: makes the body for a range, or for all (nil). If it cannot, the answer is 502.
    func response(
        status: Int, fields: HeaderBlock, additions: HeaderBlock, body: (Range<Int>?) -> ResponseBody?
    ) -> Response {
        var additions = additions
        switch self {
        case .whole:
            guard let body = body(nil) else { return .plain(502) }
            return Response(status: status, fields: fields, additions: additions, body: body)
        case .part(let range, let length):
            guard let body = body(range) else { return .plain(502) }
            additions.append("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)")
            return Response(status: 206, fields: fields, additions: additions, body: body)
        case .notModified: return Response(status: 304, fields: fields, additions: additions)
        case .failed: return .plain(412, fields: additions)
        case .unsatisfiable(let length):
            additions.append("Content-Range", "bytes */\(length)")
            return .plain(416, fields: additions)
        }
    }
}
