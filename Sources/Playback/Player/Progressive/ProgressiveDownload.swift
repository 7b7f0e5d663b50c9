import AsyncHTTPClient
import Client
import NIOCore
import NIOHTTP1

/// Fetches a file from its first byte to its last, and goes on where a connection broke.
struct ProgressiveDownload: Sendable {
    /// What happens to it.
    enum Event: Sendable {
        /// A request was sent.
        case sent
        case responseBegan(ResponseFacts)
        case received(Int)
        /// A request ended: nil when the file is whole now.
        case ended(RequestFailure?)
        /// There is no going on.
        case gaveUp(RequestFailure)
    }

    let sender: RequestSender
    let url: String
    let file: ProgressiveFile
    /// Without a byte for this long there is no going on, in seconds.
    let patience: Double

    /// Fetches all of the file; events are told as they happen, the last one is `ended(nil)` or `gaveUp`.
    func run(_ tell: @Sendable (Event) -> Void) async {
        let clock = SessionClock()
        var received = 0
        var attempts = 0
        var latestProgress = clock.now
        while true {
            tell(.sent)
            let before = received
            let failure = await attempt(&received, tell)
            tell(.ended(failure))
            guard let failure else { return }
            if received > before {
                latestProgress = clock.now
                attempts = 0
            }
            // What the server says of the file itself does not change by asking again.
            let isFinal =
                switch failure {
                case .status(let code): code < 500 && code != 429
                case .damaged: true
                case .connection, .timeout, .truncated: false
                }
            guard !Task.isCancelled, !isFinal, clock.now - latestProgress < patience else {
                tell(.gaveUp(failure))
                return
            }
            await clock.sleep(until: clock.now + 0.5 * Double(1 << min(attempts, 4)))
            attempts += 1
        }
    }

    /// One request, for what is still missing.
    private func attempt(_ received: inout Int, _ tell: @Sendable (Event) -> Void) async -> RequestFailure? {
        var fields: HTTPHeaders = [:]
        if received > 0 {
            fields.add(name: "Range", value: "bytes=\(received)-")
            if let validator = file.validator { fields.add(name: "If-Range", value: validator) }
        }
        do {
            let response = try await sender.get(url, fields: fields)
            let status = Int(response.status.code)
            tell(.responseBegan(response.facts))
            switch (status, received) {
            case (200, 0): break
            case (206, 1...):
                guard let range = response.contentRange, range.first == received, range.total == file.bytes else {
                    return .damaged("byte \(received) was asked for, the server sends another part")
                }
            case (200, _): return .damaged("the file changed, or the server cannot go on at byte \(received)")
            default: return .status(status)
            }
            for try await part in response.body {
                guard received + part.readableBytes <= file.bytes else {
                    return .damaged("the server sends more than the file's \(file.bytes) bytes")
                }
                received += part.readableBytes
                tell(.received(part.readableBytes))
            }
            return received == file.bytes ? nil : .truncated
        } catch {
            let failure = ConnectionFailure(error)
            return failure.isPrematureEnd && received > 0 ? .truncated : .connection(failure.reason)
        }
    }
}
