import FTP
import Foundation
import NIOCore

/// Files of this machine that a client of FTP fetches into or stores from.
enum LocalFiles {
    /// Fetches `remote` into `path`. It comes into `path.part`, which gets its name when it is whole, and stays for a later
    /// `resumes` when the transfer breaks.
    ///
    /// - Throws: ``CommandError`` when the file cannot be written; what the client throws.
    static func fetch(
        _ remote: String, into path: String, with client: FTPClient, size known: Int64? = nil, resumes: Bool
    ) async throws {
        let part = path + ".part"
        let size: Int64? = if let known { known } else { try await client.size(of: remote) }
        let modified = try await client.modified(remote)
        let file = try open(part, O_WRONLY | O_CREAT | (resumes ? 0 : O_TRUNC))
        defer { try? file.close() }
        do {
            var offset = Int64(try file.seekToEnd())
            // What is longer than the file is a part of another one.
            if let size, offset > size {
                try file.truncate(atOffset: 0)
                offset = 0
            }
            var progress = TransferProgress(remote, total: size, start: offset)
            defer { progress.finish() }
            if size == nil || offset < (size ?? 0) || offset == 0 {
                try await client.retrieve(remote, from: offset) { bytes in
                    try file.write(contentsOf: Data(bytes.readableBytesView))
                    progress.moved(bytes.readableBytes)
                }
            }
            let written = Int64(try file.offset())
            if let size, written != size {
                throw CommandError(
                    .dataError, "\(remote) has \(size) octets, but \(written) came; the file changed meanwhile?")
            }
            try file.synchronize()
        } catch let error as CocoaError {
            throw CommandError(.ioError, "cannot write \(part): \(error.localizedDescription)")
        }
        guard rename(part, path) == 0 else {
            throw CommandError(.cannotCreate, "cannot rename \(part) to \(path): \(String(cString: strerror(errno)))")
        }
        if let modified { try? FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: path) }
    }

    /// Stores the file at `path` as `remote`.
    ///
    /// - Parameter resumes: whether what the server has already is taken as this file's beginning.
    /// - Returns: what the server says when it is done.
    static func store(
        _ path: String, as remote: String, with client: FTPClient, resumes: Bool
    ) async throws -> String {
        let file = try open(path, O_RDONLY)
        defer { try? file.close() }
        let size: Int64
        do {
            size = Int64(try file.seekToEnd())
        } catch {
            throw CommandError(.noInput, "cannot read \(path): it is no file")
        }
        var offset: Int64 = 0
        if resumes { offset = try await client.size(of: remote) ?? 0 }
        guard offset <= size else {
            throw CommandError(.dataError, "\(remote) on the server has \(offset) octets, \(path) only \(size)")
        }
        try file.seek(toOffset: UInt64(offset))
        var progress = TransferProgress(path, total: size, start: offset)
        defer { progress.finish() }
        return try await client.store(remote, from: offset) {
            do {
                guard let data = try file.read(upToCount: 256 * 1024), !data.isEmpty else { return nil }
                progress.moved(data.count)
                return ByteBuffer(bytes: data)
            } catch let error as CocoaError {
                throw CommandError(.ioError, "cannot read \(path): \(error.localizedDescription)")
            }
        }
    }

    private static func open(_ path: String, _ flags: CInt) throws -> FileHandle {
        let descriptor = Foundation.open(path, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw flags & O_CREAT == 0
                ? CommandError(.noInput, "cannot read \(path): \(reason)")
                : CommandError(.cannotCreate, "cannot write \(path): \(reason)")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
