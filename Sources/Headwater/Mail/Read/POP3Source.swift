import Accounts
import Foundation
import Mail
import NIOCore
import POP3

/// The inbox of a POP3 server.
struct POP3Source: MailSource {
    private let connect: @Sendable () async throws -> POP3Client
    private var client: POP3Client
    private var sizes: [UInt32: Int] = [:]
    private var uniqueIDs: [UInt32: String] = [:]

    /// How long the server is left alone before it is asked again: many want no more.
    private static let pollTime = TimeAmount.seconds(5)
    /// Lines of a body that are asked for with a header.
    private static let bodyLines = 0
    /// Octets of a header that are read.
    private static let headerLimit = 1 << 20

    /// - Parameter connect: makes a session of somebody who has logged in.
    init(_ connect: @escaping @Sendable () async throws -> POP3Client) async throws {
        self.connect = connect
        client = try await connect()
        try await look()
    }

    /// A session sees the messages that there were when it began.
    private mutating func look() async throws {
        sizes = [:]
        uniqueIDs = [:]
        for (number, size) in try await client.list() { sizes[UInt32(clamping: number)] = size }
        do {
            for (number, id) in try await client.uniqueIDs() { uniqueIDs[UInt32(clamping: number)] = id }
        } catch let error as POP3ClientError {
            // A server may do without (RFC 1939 §7).
            guard error.code == .refused else { throw error }
        }
    }

    mutating func newest(
        _ filter: MailFilter, count: Int, besides names: Set<String>
    ) async throws -> [MailEntry] {
        var found: [MailEntry] = []
        for number in sizes.keys.sorted(by: >) {
            guard found.count < count else { break }
            guard !names.contains(name(of: number)) else { continue }
            let entry = try await entry(number)
            if filter.text.map({ Self.matches(entry, $0) }) ?? true { found.append(entry) }
        }
        return found
    }

    /// Without unique IDs the number and the size must do.
    private func name(of number: UInt32) -> String { uniqueIDs[number] ?? "\(number) \(sizes[number] ?? 0)" }

    /// A server cannot search: what lists show is looked through.
    private static func matches(_ entry: MailEntry, _ text: String) -> Bool {
        let shown = (["From", "To", "Cc"].flatMap(entry.people) + [entry.subject]).joined(separator: "\n")
        return shown.range(of: text, options: [.caseInsensitive, .diacriticInsensitive]) != nil
    }

    mutating func entry(_ id: UInt32) async throws -> MailEntry {
        guard let size = sizes[id] else { throw CommandError(.noInput, "there is no message \(id)") }
        var octets = ByteBuffer()
        do {
            try await client.retrieve(Int(id), bodyLines: Self.bodyLines, maximumSize: Self.headerLimit) {
                octets.writeImmutableBuffer($0)
            }
        } catch let error as POP3ClientError {
            // TOP is optional (RFC 1939 §7).
            guard error.code == .refused else { throw error }
            octets = try await self.octets(of: id)
        }
        return MailEntry(
            id: id, name: uniqueIDs[id], size: size, header: Header(parsing: octets.readableBytesView))
    }

    mutating func names() async throws -> Set<String> { Set(sizes.keys.map(name)) }

    mutating func octets(of id: UInt32) async throws -> ByteBuffer {
        guard sizes[id] != nil else { throw CommandError(.noInput, "there is no message \(id)") }
        var message = ByteBuffer()
        try await client.retrieve(Int(id), maximumSize: MailReadCommand.maximumSize) {
            message.writeImmutableBuffer($0)
        }
        return message
    }

    mutating func markSeen(_ id: UInt32) async throws {
        throw CommandError(.usage, "POP3 knows nothing of what was seen: use IMAP")
    }

    mutating func remove(_ id: UInt32) async throws { try await client.delete(Int(id)) }

    mutating func waitForNews(within limit: TimeAmount) async throws {
        try await client.quit()
        let deadline = NIODeadline.now() + limit
        while true {
            let rest = deadline - .now()
            try await Task.sleep(for: .nanoseconds(max(0, min(rest, Self.pollTime).nanoseconds)))
            do {
                client = try await connect()
                return try await look()
            } catch let error as POP3ClientError {
                // Somebody else reads the inbox now.
                guard error.code == .inUse, NIODeadline.now() < deadline else { throw error }
            }
        }
    }

    mutating func finish() async throws { try await client.quit() }

    mutating func close() { client.close() }
}

extension POP3ClientError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .refused, .tooLarge: .unavailable
        case .inUse: .temporaryFailure
        case .logInRefused, .insecure: .noPermission
        case .protocolViolation: .protocolError
        }
    }
}

extension SASLClient.Failure: ExitStatusProviding {
    var systemExit: SystemExit {
        switch self {
        case .malformed, .iterations: .protocolError
        case .impostor, .refused: .noPermission
        case .unusable: .usage
        }
    }
}
