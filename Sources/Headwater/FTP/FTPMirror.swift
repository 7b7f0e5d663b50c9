import FTP
import Foundation
import LineProtocol

/// Fetches a directory with everything below it; what cannot be fetched does not keep the rest from coming.
final class FTPMirror {
    /// Directories below each other; more is a server's joke.
    private static let maximumDepth = 100
    /// Directories that wait for their turn.
    private static let maximumPending = 1_000_000
    /// Failures that are told one by one.
    private static let maximumTold = 1000

    private struct Directory {
        /// Empty for the one in which the session began.
        var remote: String
        var local: String
        var depth = 0
    }

    private let client: FTPClient
    /// Files that came.
    private(set) var fetched = 0
    private var failures: [String] = []
    private var failureCount = 0
    /// What the first failure means.
    private var status: SystemExit?
    /// Why it goes on no further.
    private var end: (any Error)?

    init(_ client: FTPClient) { self.client = client }

    /// Fetches `remote` into the folder `local`, which is made.
    ///
    /// - Throws: ``CommandError``, and what the client throws, when there is nothing at all to begin with.
    func fetch(_ remote: String, into local: String) async throws {
        var pending = [Directory(remote: remote, local: local)]
        var isFirst = true
        while let directory = pending.popLast(), end == nil {
            do {
                let below = try await fetch(directory)
                guard pending.count + below.count <= Self.maximumPending else {
                    throw CommandError(.dataError, "\(remote): there is no end of directories")
                }
                pending += below
            } catch {
                if isFirst { throw error }
                note(error, directory.local)
            }
            isFirst = false
        }
    }

    /// Fetches the files of one directory, and tells what directories there are in it.
    private func fetch(_ directory: Directory) async throws -> [Directory] {
        guard directory.depth <= Self.maximumDepth else {
            throw CommandError(.dataError, "more than \(Self.maximumDepth) directories below each other")
        }
        try ReportFolder.make(directory.local)
        let listing = try await client.list(directory.remote)
        for line in listing.refused {
            note(
                CommandError(.protocolError, "a line is not understood or names no file: '\(line.prefix(200))'"),
                directory.local)
        }
        var below: [Directory] = []
        for entry in listing.entries.sorted(by: { $0.name < $1.name }) where end == nil {
            let remote = directory.remote.isEmpty ? entry.name : directory.remote + "/" + entry.name
            let local = directory.local + "/" + entry.name
            if entry.isDirectory {
                below.append(Directory(remote: remote, local: local, depth: directory.depth + 1))
                continue
            }
            do {
                guard !PartFile.isReserved(entry.name) else {
                    throw CommandError(.cannotCreate, "parts of files have such names here")
                }
                if try await isHere(entry, remote, local) { continue }
                try await LocalFiles.fetch(remote, into: local, with: client, time: entry.modified, resumes: true)
                fetched += 1
            } catch {
                note(error, local)
            }
        }
        return below.reversed()
    }

    /// Whether a file of the same size and time is here already. Where the listing has no time the server is asked.
    private func isHere(_ entry: FTPListing.Entry, _ remote: String, _ local: String) async throws -> Bool {
        guard let length = PartFile.length(of: local),
            let time = try? FileManager.default.attributesOfItem(atPath: local)[.modificationDate] as? Date
        else { return false }
        var size = entry.size
        if size == nil { size = try await client.size(of: remote) }
        guard size == length else { return false }
        var modified = entry.modified
        if modified == nil { modified = try await client.modified(remote) }
        return modified.map { abs(time.timeIntervalSince($0)) < 1 } ?? false
    }

    /// Keeps a failure for the end, or ends when nothing after it could do better.
    private func note(_ error: any Error, _ path: String) {
        let isLast: Bool
        switch error {
        case let error as CommandError: isLast = error.systemExit == .ioError
        case is FTPClientError: isLast = false
        default: isLast = true
        }
        if isLast || !client.isUsable {
            end = end ?? error
            return
        }
        failureCount += 1
        status = status ?? (error as? any ExitStatusProviding)?.systemExit
        if failures.count < Self.maximumTold { failures.append("\(path): \(error)") }
    }

    /// Tells what did not come.
    ///
    /// - Throws: what ended it too early; ``CommandError`` when something could not be fetched.
    func conclude() throws {
        for failure in failures { StandardStream.error.writeLine(SingleLine.text("headwater: \(failure)")) }
        if failureCount > failures.count {
            StandardStream.error.writeLine("headwater: and \(failureCount - failures.count) more")
        }
        if let end { throw end }
        guard let status else { return }
        throw CommandError(status, "\(failureCount) could not be fetched")
    }
}
