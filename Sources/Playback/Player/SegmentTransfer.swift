import AsyncHTTPClient
import Client
import NIOCore
import NIOHTTP1

/// One GET whose body is told about while it arrives.
struct SegmentTransfer: Sendable {
    let sender: RequestSender
    /// A body beyond this is refused, in bytes.
    var sizeLimit = 256 << 20

    /// Fetches the whole body, and keeps it.
    ///
    /// - Throws: as ``receive(_:byteRange:data:onResponse:onBytes:)``.
    func fetch(_ url: String, byteRange: ClosedRange<Int64>?) async throws(RequestFailure) -> [UInt8] {
        var body: [UInt8] = []
        try await receive(url, byteRange: byteRange, onResponse: { _ in }, onBytes: { body.append(contentsOf: $0) })
        return body
    }

    /// Fetches the whole body, and keeps nothing of it.
    ///
    /// - Parameters:
    ///   - byteRange: the part to ask for, first and last byte; the answer must then be 206 (RFC 9110 §15.3.7).
    ///   - revalidates: whether caches are to ask their origin before they answer (RFC 9111 §5.2.1.4).
    ///   - data: what the server is to know of the player, where it is told.
    ///   - onResponse: called when the response's fields are here, whatever its status.
    ///   - onBytes: called with the bytes of a good response's body as they arrive.
    /// - Throws: ``RequestFailure`` for whatever ends otherwise than with the last announced byte.
    func receive(
        _ url: String, byteRange: ClosedRange<Int64>?, revalidates: Bool = false, data: CommonMediaClientData? = nil,
        onResponse: (ResponseFacts) -> Void, onBytes: (ByteBufferView) -> Void
    ) async throws(RequestFailure) {
        let response = try await respond(url, byteRange, revalidates, data)
        let status = Int(response.status.code)
        let announced = response.contentLength
        onResponse(response.facts)
        switch (status, byteRange) {
        case (200, nil), (203, nil), (206, .some): break
        case (200, .some): throw .damaged("the server sends the whole file instead of a byte range")
        default: throw .status(status)
        }
        if let byteRange, let announced, announced != byteRange.count {
            throw .damaged("\(byteRange.count) bytes were asked for, the server sends \(announced)")
        }
        guard announced ?? 0 <= sizeLimit else { throw .damaged("larger than \(sizeLimit) bytes") }
        var size = 0
        do {
            for try await part in response.body {
                size += part.readableBytes
                guard size <= sizeLimit else { throw RequestFailure.damaged("larger than \(sizeLimit) bytes") }
                onBytes(part.readableBytesView)
            }
        } catch let failure as RequestFailure {
            throw failure
        } catch {
            let failure = ConnectionFailure(error)
            throw failure.isPrematureEnd ? .truncated : .connection(failure.reason)
        }
        guard size == announced ?? byteRange?.count ?? size else { throw .truncated }
    }

    private func respond(
        _ url: String, _ byteRange: ClosedRange<Int64>?, _ revalidates: Bool, _ data: CommonMediaClientData?
    ) async throws(RequestFailure) -> HTTPClientResponse {
        var fields = byteRange.map { [("Range", "bytes=\($0.lowerBound)-\($0.upperBound)")] } ?? []
        if revalidates { fields.append(("Cache-Control", "no-cache")) }
        do {
            return try await sender.get(url, fields: HTTPHeaders(fields), data: data)
        } catch {
            throw .connection(ConnectionFailure(error).reason)
        }
    }
}
