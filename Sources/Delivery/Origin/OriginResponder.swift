internal import Foundation
package import HTTP
internal import HTTPSemantics
package import Logging
internal import NIOCore
package import SegmentStore

/// Serves the `media/` and `manifests/` of a library.
package struct OriginResponder: Responder {
    private let store: any SegmentStore
    private let logger: Logger
    private let prepared = PreparedObjects()

    private static let methods = "GET, HEAD, OPTIONS"

    package init(store: any SegmentStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    package func respond(to request: Request, on exchange: Exchange) {
        switch request.head.method {
        case .get, .head: break
        case .options:
            exchange.send(CrossOrigin.options(allowing: Self.methods))
            return
        case .other:
            var fields = HeaderBlock()
            fields.append("Allow", Self.methods)
            exchange.send(.plain(405, fields: fields))
            return
        }
        let target = request.head.target
        if let known = prepared[target] {
            answer(request.head, known.key, known, exchange)
            return
        }
        guard let path = URLPath(request.head.path) else {
            exchange.send(.plain(400, "the path is malformed"))
            return
        }
        guard let key = LibraryLayout.key(path) else {
            exchange.send(Self.notFound)
            return
        }
        answer(request.head, key, nil, exchange)
    }

    private func answer(_ head: RequestHead, _ key: ObjectKey, _ known: PreparedObject?, _ exchange: Exchange) {
        store.object(key, on: exchange.eventLoop).whenComplete { result in
            switch result {
            case .success(let object):
                if let known, known.version == object.version {
                    exchange.send(Self.response(for: object, known, to: head.method, head.fields))
                } else {
                    let fresh = PreparedObject(object)
                    prepared.keep(fresh, for: head.target)
                    exchange.send(Self.response(for: object, fresh, to: head.method, head.fields))
                }
            case .failure(let error): exchange.send(failure(error))
            }
        }
    }

    /// The response to GET or HEAD: preconditions, then range (RFC 9110 §13.2.2), which counts for GET only (§14.2).
    static func response(
        for object: StoredObject, _ prepared: PreparedObject, to method: RequestMethod, _ request: FieldSection
    ) -> Response {
        let now = Int(time(nil))
        switch prepared.validators.evaluate(request, now: now) {
        case .notModified: return Response(status: 304, fields: prepared.validatorFields)
        case .failed: return Response(status: 412, fields: prepared.validatorFields)
        case .proceed: break
        }
        let isRange = method == .get && request.contains(.range) && prepared.validators.permitsRange(request, now: now)
        switch isRange ? RangeSelection(request.combined(.range), length: object.size) : .whole {
        case .whole: return Response(status: 200, fields: prepared.fields, body: body(of: object, 0..<object.size))
        case .part(let range):
            var additions = HeaderBlock()
            additions.append("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(object.size)")
            return Response(
                status: 206, fields: prepared.fields, additions: additions, body: body(of: object, range))
        case .unsatisfiable:
            var fields = HeaderBlock()
            fields.append("Content-Range", "bytes */\(object.size)")
            return .plain(416, fields: fields)
        }
    }

    private static func body(of object: StoredObject, _ range: Range<Int>) -> ResponseBody {
        switch object.content {
        case .memory(let bytes):
            guard let slice = bytes.getSlice(at: range.lowerBound, length: range.count) else { return .empty }
            return .bytes(slice)
        case .file(let file): return .file(file, range)
        }
    }

    /// A 404 is kept by caches for a second: a player that waits for a segment must not wait for them too.
    private static let notFound: Response = {
        var fields = HeaderBlock()
        fields.append("Cache-Control", constant: "public, max-age=1")
        return .plain(404, fields: fields)
    }()

    private func failure(_ error: any Error) -> Response {
        if let error = error as? SegmentStoreError, error.code == .notFound { return Self.notFound }
        logger.warning("object cannot be read", metadata: ["error": "\(error)"])
        return .plain(503, "try again later")
    }
}
