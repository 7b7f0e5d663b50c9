import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A file on a server: how large it is and how long it lasts.
struct ProgressiveFile: Sendable, Hashable {
    /// Size in bytes, above zero.
    var bytes: Int
    /// In seconds, above zero.
    var duration: Double
    /// To go on with the same file after a broken connection (RFC 9110 §13.1.5); nil without a strong validator.
    var validator: String?
}

/// Reads as little of a file as tells how long it lasts.
struct ProgressiveFileProbe: Sendable {
    let sender: RequestSender
    let url: String
    /// For each request.
    private let timeout = TimeAmount.seconds(15)
    /// Enough for the header of most files, whose `moov` box is in front.
    private let windowSize = 64 << 10
    /// Requests for one file; each but the first is for a box far from the one before.
    private let maximumRequests = 64

    init(sender: RequestSender, url: String) {
        self.sender = sender
        self.url = url
    }

    /// - Throws: ``PlayerError`` that names the URL.
    func file() async throws(PlayerError) -> ProgressiveFile {
        var window = try await window(at: 0)
        var search = MovieHeaderSearch(fileSize: Int64(window.total))
        var step = search.start
        var requests = 1
        while case .read(let offset, let count) = step {
            let wanted = Int(offset)..<Int(offset) + min(count, window.total - Int(offset))
            if !window.contains(wanted) {
                guard window.isRange else {
                    throw PlayerError(
                        .unusable,
                        "\(url): its header is at its end, and the server does not offer byte ranges")
                }
                requests += 1
                guard requests <= maximumRequests else {
                    throw PlayerError(.unusable, "\(url): its header is scattered over the file")
                }
                window = try await self.window(at: wanted.lowerBound)
                guard window.contains(wanted) else {
                    throw PlayerError(.refused, "\(url): the server sent less than it was asked for")
                }
            }
            do {
                step = try search.next(window.bytes(in: wanted))
            } catch {
                throw PlayerError(.unusable, "\(url): \(error.description)")
            }
        }
        guard case .found(let duration) = step else {
            throw PlayerError(.unusable, "\(url): its header does not tell how long it lasts")
        }
        return ProgressiveFile(bytes: window.total, duration: duration, validator: window.validator)
    }

    /// A part of the file.
    private struct Window {
        var start: Int
        var data: [UInt8]
        var total: Int
        /// Whether the server answers ranges.
        var isRange: Bool
        var validator: String?

        func contains(_ range: Range<Int>) -> Bool {
            range.lowerBound >= start && range.upperBound <= start + data.count
        }
        func bytes(in range: Range<Int>) -> [UInt8] { Array(data[range.lowerBound - start..<range.upperBound - start]) }
    }

    private func window(at start: Int) async throws(PlayerError) -> Window {
        do {
            let response = try await sender.get(
                url, fields: ["Range": "bytes=\(start)-\(start + windowSize - 1)"], deadline: .now() + timeout)
            let status = Int(response.status.code)
            guard status == 200 || status == 206 else {
                if status == 416 { throw PlayerError(.unusable, "\(url): the file is empty") }
                throw PlayerError(status: status, url)
            }
            let isRange = status == 206
            guard let total = isRange ? response.contentRange?.total : response.contentLength,
                !isRange || response.contentRange?.first == start
            else { throw PlayerError(.refused, "\(url): the server does not tell the file's size") }
            guard total > 0 else { throw PlayerError(.unusable, "\(url): the file is empty") }
            var data: [UInt8] = []
            for try await part in response.body {
                data.append(contentsOf: part.readableBytesView.prefix(windowSize - data.count))
                // The rest of a part asked for is read, so that the connection can be used again.
                if !isRange, data.count >= windowSize { break }
            }
            let tag = response.headers.first(name: "ETag").flatMap { $0.hasPrefix("W/") ? nil : $0 }
            return Window(start: isRange ? start : 0, data: data, total: total, isRange: isRange, validator: tag)
        } catch let error as PlayerError {
            throw error
        } catch let error as HTTPClientError where error == .invalidURL || error == .emptyHost {
            throw PlayerError(.invalidURL, "'\(url)' is no URL of a server: give http://HOST[:PORT]/PATH")
        } catch {
            throw PlayerError(.unreachable, "\(url): \(ConnectionFailure(error).reason)")
        }
    }
}
