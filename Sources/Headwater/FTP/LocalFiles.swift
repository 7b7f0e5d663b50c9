import FTP
import Foundation
import NIOCore

/// Files of this machine that a client of FTP fetches into or stores from.
enum LocalFiles {
    /// Fetches `remote` into `path`, by way of a ``PartFile``, which stays when the transfer breaks.
    ///
    /// - Parameters:
    ///   - remote: the file on the server.
    ///   - path: the file here, which is replaced when the new one is whole.
    ///   - time: what becomes the file's time; nil for what `MDTM` says.
    ///   - resumes: whether a part of the same version is gone on with.
    /// - Throws: ``CommandError`` when the file cannot be written, or changes meanwhile; what the client throws.
    static func fetch(
        _ remote: String, into path: String, with client: FTPClient, time: Date? = nil, resumes: Bool
    ) async throws {
        let version = FileVersion(size: try await client.size(of: remote), modified: try await client.modified(remote))
        let part = try PartFile(path, version, resumes: resumes)
        do {
            try await receive(remote, version, into: part, from: part.length, with: client)
        } catch let error as FTPClientError where part.length > 0 && cannotRestart.contains(error.reply) {
            try await receive(remote, version, into: part, from: 0, with: client)
        }
        if let modified = version.modified, let now = try await client.modified(remote), now != modified {
            part.discard()
            throw CommandError(.dataError, "cannot fetch \(remote): it changed meanwhile")
        }
        try part.finish(modified: time ?? version.modified)
    }

    /// Replies that say that a server, or a file, cannot begin in the middle (RFC 3659 §5).
    private static let cannotRestart: Set<Int> = [500, 501, 502, 504, 554]

    private static func receive(
        _ remote: String, _ version: FileVersion, into part: PartFile, from offset: Int64, with client: FTPClient
    ) async throws {
        var progress = TransferProgress(remote, total: version.size, start: offset)
        defer { progress.finish() }
        do {
            try await client.retrieve(remote, from: offset) {
                try part.begin(at: offset)
            } receive: { bytes in
                try part.append(bytes)
                progress.moved(bytes.readableBytes)
            }
        } catch let error as CommandError where error.systemExit == .dataError {
            part.discard()
            throw CommandError(.dataError, "cannot fetch \(remote): \(error.description)")
        }
        if let size = version.size, part.length != size {
            throw CommandError(
                .dataError,
                "cannot fetch \(remote): only \(part.length) of \(size) octets came; has it changed meanwhile?")
        }
    }

    /// Stores the file at `path` as `remote`.
    ///
    /// - Parameter resumes: whether what the server has already is taken as this file's beginning.
    /// - Returns: what the server says when it is done.
    static func store(
        _ path: String, as remote: String, with client: FTPClient, resumes: Bool
    ) async throws -> String {
        let file = try open(path)
        defer { try? file.close() }
        let size: Int64
        do {
            size = Int64(try file.seekToEnd())
        } catch {
            throw CommandError(.noInput, "cannot read \(path): it is no file")
        }
        let there = resumes ? try await client.size(of: remote) : nil
        if there == size { return "The server has all \(size) octets of it; nothing was sent." }
        let offset = there ?? 0
        guard offset <= size else {
            throw CommandError(.dataError, "\(remote) on the server has \(offset) octets, \(path) only \(size)")
        }
        try file.seek(toOffset: UInt64(offset))
        var progress = TransferProgress(path, total: size, start: offset)
        defer { progress.finish() }
        return try await client.store(remote, from: offset, size: size) {
            do {
                guard let data = try file.read(upToCount: 256 * 1024), !data.isEmpty else { return nil }
                progress.moved(data.count)
                return ByteBuffer(bytes: data)
            } catch let error as CocoaError {
                throw CommandError(.ioError, "cannot read \(path): \(error.localizedDescription)")
            }
        }
    }

    private static func open(_ path: String) throws -> FileHandle {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandError(.noInput, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
