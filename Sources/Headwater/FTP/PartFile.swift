// `stat` is declared in a C header that many modules take in, and the compiler ascribes it to the one that it met first.
import FTP
import Foundation
import NIOCore

#if canImport(Glibc)
    import CDispatch
    import CoreFoundation
    import Glibc
#endif

/// What tells one version of a server's file from the next.
struct FileVersion: Hashable {
    /// Octets; nil when the server does not say.
    var size: Int64?
    /// Nil when the server does not say.
    var modified: Date?

    /// The line that a part keeps beside it; nil when the version could be taken for another one.
    var note: String? {
        guard let size, let modified else { return nil }
        return "\(size) \(FTPDate.text(modified))\n"
    }
}

/// A file that comes from a server, until it is whole: `NAME.headwater-part`, and in `NAME.headwater-part-of` which version
/// it is a part of.
///
/// The note is written before the part has anything of that version, and only a part of the same version is gone on with.
final class PartFile {
    private static let suffix = ".headwater-part"

    /// What the file is called when it is whole.
    let path: String
    private let version: FileVersion
    private var file: FileHandle?
    /// Octets that are there.
    private(set) var length: Int64 = 0

    private var part: String { path + Self.suffix }
    private var note: String { path + Self.suffix + "-of" }

    /// Whether a name is one that parts have: no file of a server may come under it.
    static func isReserved(_ name: String) -> Bool { name.hasSuffix(suffix) || name.hasSuffix(suffix + "-of") }

    /// - Parameters:
    ///   - path: what the file is called when it is whole.
    ///   - version: what is to come.
    ///   - resumes: whether what came of this version before is kept. Without, and when it is as long as the file, it
    ///     begins anew: nobody has confirmed a part that was whole.
    /// - Throws: ``CommandError`` when there is something else than a file at `path`.
    init(_ path: String, _ version: FileVersion, resumes: Bool) throws {
        self.path = path
        self.version = version
        if let kind = Self.attributes(path)?[.type] as? FileAttributeType, kind != .typeRegular,
            kind != .typeSymbolicLink
        {
            throw CommandError(
                .cannotCreate, "cannot write \(path): there is \(kind == .typeDirectory ? "a folder" : "no file")")
        }
        guard resumes, let size = version.size, let wanted = version.note,
            FileManager.default.contents(atPath: note) == Data(wanted.utf8), let there = Self.length(of: part),
            there < size
        else { return }
        length = there
    }

    private static func attributes(_ path: String) -> [FileAttributeKey: Any]? {
        try? FileManager.default.attributesOfItem(atPath: path)
    }

    /// Octets of a file; nil where there is none.
    static func length(of path: String) -> Int64? {
        guard let attributes = attributes(path), attributes[.type] as? FileAttributeType == .typeRegular else {
            return nil
        }
        return (attributes[.size] as? NSNumber)?.int64Value
    }

    /// Opens the part, and empties it unless `offset` is where it ends.
    ///
    /// - Throws: ``CommandError`` when it cannot be written, or another process does.
    func begin(at offset: Int64) throws {
        file = nil
        let descriptor = Foundation.open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else {
            throw CommandError(.cannotCreate, "cannot write \(part): \(String(cString: strerror(errno)))")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // The other process may have finished since, or gone on.
        let isOurs = flock(descriptor, LOCK_EX | LOCK_NB) == 0 && Self.isSame(descriptor, part)
        guard isOurs, offset == 0 || Self.length(of: part) == offset else {
            throw CommandError(.temporaryFailure, "another process is fetching \(path)")
        }
        self.file = file
        length = offset
        if offset > 0 {
            try write { try file.seek(toOffset: UInt64(offset)) }
            return
        }
        try write {
            // On disk, too, the note must never speak of what came before.
            try file.truncate(atOffset: 0)
            try file.synchronize()
            if let text = version.note {
                try Data(text.utf8).write(to: URL(filePath: note), options: .atomic)
            } else {
                try? FileManager.default.removeItem(atPath: note)
            }
        }
    }

    /// Whether an open file is the one at `path` still.
    private static func isSame(_ descriptor: CInt, _ path: String) -> Bool {
        var (open, named) = (stat(), stat())
        return fstat(descriptor, &open) == 0 && lstat(path, &named) == 0 && open.st_ino == named.st_ino
            && open.st_dev == named.st_dev
    }

    /// Adds what came.
    ///
    /// - Throws: ``CommandError`` when it cannot be written, or is more than the server said.
    func append(_ bytes: ByteBuffer) throws {
        if let size = version.size, length + Int64(bytes.readableBytes) > size {
            throw CommandError(
                .dataError, "more comes than the \(size) octets that the server says; has the file changed meanwhile?")
        }
        try write { try file?.write(contentsOf: Data(bytes.readableBytesView)) }
        length += Int64(bytes.readableBytes)
    }

    /// Gives the part its name.
    ///
    /// - Parameter modified: the time that the file gets; nil for now.
    /// - Throws: ``CommandError`` when the part cannot be written or renamed.
    func finish(modified: Date?) throws {
        try write { try file?.synchronize() }
        if let modified { try? FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: part) }
        guard rename(part, path) == 0 else {
            throw CommandError(.cannotCreate, "cannot rename \(part) to \(path): \(String(cString: strerror(errno)))")
        }
        try? FileManager.default.removeItem(atPath: note)
    }

    /// Removes what came: it is of no use.
    func discard() {
        guard file != nil else { return }
        try? FileManager.default.removeItem(atPath: part)
        try? FileManager.default.removeItem(atPath: note)
    }

    private func write(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as CocoaError {
            throw CommandError(.ioError, "cannot write \(part): \(error.localizedDescription)")
        }
    }
}
