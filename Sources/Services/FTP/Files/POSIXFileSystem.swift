package import Foundation
internal import NIOCore
internal import Synchronization

/// A folder of this machine as a user's files.
///
/// Every path is walked component by component from the root's descriptor, and no symbolic link is ever followed (`openat`
/// with `O_NOFOLLOW`), so that none leads out, whoever makes it and when. Links, devices, pipes and sockets do not show.
package final class POSIXFileSystem: FileSystem {
    /// Uploads under way begin with this; no client sees or names such a file.
    static let temporaryPrefix = ".headwater-upload."

    let root: Descriptor
    private let rootPath: String
    let quota: (limit: Int64, ledger: QuotaLedger)?
    private let mode: UInt32
    let broken: BrokenUploads?

    /// - Parameters:
    ///   - path: the folder that is the user's root; it must exist.
    ///   - quota: octets that all its files may have together, whoever stores them; nil for no limit.
    ///   - mode: of new files, before the process's mask.
    ///   - broken: what is kept of uploads that break off; nil for nothing.
    package init(
        root path: String, quota: Int64? = nil, mode: UInt32 = 0o666, broken: BrokenUploads? = nil
    ) throws(FileError) {
        let descriptor = Foundation.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.error(errno) }
        root = Descriptor(descriptor)
        rootPath = path
        if let quota {
            guard let information = FileInformation(of: root) else { throw Self.error(errno) }
            self.quota = (quota, QuotaLedger.of(information))
        } else {
            self.quota = nil
        }
        self.mode = mode
        self.broken = broken
    }

    package func brokenUpload(of path: VirtualPath) throws(FileError) -> Int64? {
        guard let broken, let name = path.name else { return nil }
        let parent = try directory(path.parent ?? .root)
        guard let information = FileInformation(of: broken.place(of: name), in: parent), broken.isFresh(information)
        else { return nil }
        return information.size
    }

    package func status(of path: VirtualPath) throws(FileError) -> FileStatus {
        let information: FileInformation?
        if let name = path.name {
            let parent = try directory(path.parent ?? .root)
            information = FileInformation(of: try Self.check(name), in: parent)
        } else {
            information = FileInformation(of: root)
        }
        guard let information else { throw Self.error(errno) }
        guard let status = information.status else { throw .notFound }
        return status
    }

    package func entries(of path: VirtualPath) throws(FileError) -> any DirectoryReader {
        try POSIXDirectoryReader(try directory(path))
    }

    package func makeDirectory(_ path: VirtualPath) throws(FileError) {
        guard let name = path.name else { throw .exists }
        let parent = try directory(path.parent ?? .root)
        guard mkdirat(parent.number, try Self.check(name), 0o777) == 0 else { throw Self.error(errno) }
    }

    package func removeDirectory(_ path: VirtualPath) throws(FileError) {
        guard let name = path.name else { throw .notPermitted }
        let parent = try directory(path.parent ?? .root)
        _ = try Self.check(name)
        if unlinkat(parent.number, name, AT_REMOVEDIR) == 0 { return }
        // What nobody sees is in nobody's way.
        guard errno == ENOTEMPTY, try removeBrokenUploads(in: try directory(path)),
            unlinkat(parent.number, name, AT_REMOVEDIR) == 0
        else { throw errno == 0 ? .notEmpty : Self.error(errno) }
    }

    package func removeFile(_ path: VirtualPath) throws(FileError) {
        guard let name = path.name else { throw .isADirectory }
        let status = try status(of: path)
        guard !status.isDirectory else { throw .isADirectory }
        let parent = try directory(path.parent ?? .root)
        guard unlinkat(parent.number, try Self.check(name), 0) == 0 else { throw Self.error(errno) }
        quota?.ledger.release(status.size)
    }

    package func rename(_ path: VirtualPath, to new: VirtualPath) throws(FileError) {
        guard let name = path.name, let newName = new.name else { throw .notPermitted }
        _ = try status(of: path)
        let parent = try directory(path.parent ?? .root)
        let newParent = try directory(new.parent ?? .root)
        let replaced = FileInformation(of: try Self.check(newName), in: newParent)
        guard renameat(parent.number, try Self.check(name), newParent.number, newName) == 0 else {
            throw Self.error(errno)
        }
        if let replaced, replaced.kind == .file, path != new { quota?.ledger.release(replaced.size) }
    }

    package func setModified(_ path: VirtualPath, _ date: Date) throws(FileError) {
        let file = try descriptor(path, O_RDONLY)
        guard FileInformation.setModified(file, date) else { throw Self.error(errno) }
    }

    package func open(_ path: VirtualPath) throws(FileError) -> any ReadableFile {
        let file = try descriptor(path, O_RDONLY)
        guard let information = FileInformation(of: file) else { throw Self.error(errno) }
        switch information.kind {
        case .file: return POSIXFile(file, size: information.size)
        case .directory: throw .isADirectory
        case .other: throw .notFound
        }
    }

    package func upload(
        _ path: VirtualPath, _ mode: StoreMode, replaces: Bool, isCancelled: @Sendable () -> Bool
    ) throws(FileError) -> any FileUpload {
        guard let name = path.name else { throw .isADirectory }
        let parent = try directory(path.parent ?? .root)
        _ = try Self.check(name)
        let share = try quota.map { quota throws(FileError) in
            try quota.ledger.begin(quota: quota.limit) { usage() }
        }
        return try POSIXUpload(
            path: path, name: name, in: parent, folder: rootPath, mode: mode, replaces: replaces, share: share,
            broken: broken, permissions: self.mode, isCancelled: isCancelled)
    }

    // MARK: Below

    /// Opens a directory, walking from the root.
    func directory(_ path: VirtualPath) throws(FileError) -> Descriptor {
        var current = root
        for component in path.components {
            let next = openat(
                current.number, try Self.check(component), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { throw Self.error(errno) }
            current = Descriptor(next)
        }
        return current
    }

    private func descriptor(_ path: VirtualPath, _ flags: CInt) throws(FileError) -> Descriptor {
        guard let name = path.name else { throw .isADirectory }
        let parent = try directory(path.parent ?? .root)
        // Without O_NONBLOCK opening a pipe would wait for its other end.
        let file = openat(parent.number, try Self.check(name), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw Self.error(errno) }
        return Descriptor(file)
    }

    /// Octets of all files, those that no listing shows included.
    private func usage() -> Int64 {
        var total: Int64 = 0
        FileTree(root: root).forEach { _, information, _ in total += information.size }
        return total
    }

    /// A component that clients may name.
    static func check(_ name: String) throws(FileError) -> String {
        guard !name.hasPrefix(temporaryPrefix), !name.utf8.contains(0) else { throw .badName }
        return name
    }

    static func error(_ number: CInt) -> FileError {
        switch number {
        case ENOENT, ELOOP: .notFound
        case EEXIST: .exists
        case EACCES, EPERM, EROFS, EBUSY: .notPermitted
        case ENOTDIR: .notADirectory
        case EISDIR: .isADirectory
        case ENOTEMPTY: .notEmpty
        case ENAMETOOLONG, EINVAL, EILSEQ: .badName
        case ENOSPC, EDQUOT, EFBIG: .noSpace
        default: .system(number)
        }
    }
}

/// An open descriptor, closed when nobody holds it any more.
final class Descriptor: Sendable {
    let number: CInt

    init(_ number: CInt) { self.number = number }

    deinit { close(number) }
}

private final class POSIXFile: ReadableFile {
    private let file: Descriptor
    let size: Int64

    init(_ file: Descriptor, size: Int64) {
        self.file = file
        self.size = size
    }

    var descriptor: CInt? { file.number }

    func read(at offset: Int64, count: Int) throws(FileError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var failure: CInt = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            let got = pread(file.number, bytes.baseAddress, count, off_t(offset))
            if got < 0 { failure = errno }
            return max(got, 0)
        }
        guard failure == 0 else { throw POSIXFileSystem.error(failure) }
        return buffer
    }
}

/// Reads names by `readdir`; names that are not UTF-8, or could end a line, do not show.
final class POSIXDirectoryReader: DirectoryReader {
    private let directory: Descriptor
    private let stream: Mutex<Stream>

    // Unchecked: the pointer stays within the mutex that holds this, so that one thread at a time uses the stream.
    private struct Stream: @unchecked Sendable {
        var pointer: OpaquePointer?
    }

    init(_ directory: Descriptor) throws(FileError) {
        self.directory = directory
        guard let pointer = FileTree.stream(of: directory) else { throw POSIXFileSystem.error(errno) }
        stream = Mutex(Stream(pointer: pointer))
    }

    deinit {
        stream.withLock { if let pointer = $0.pointer { _ = closedir(pointer) } }
    }

    func next() throws(FileError) -> [FileEntry] {
        stream.withLock { stream in
            var entries: [FileEntry] = []
            while entries.count < 500, let pointer = stream.pointer, let found = readdir(pointer) {
                let bytes = withUnsafeBytes(of: found.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                guard let name = String(validating: bytes, as: UTF8.self), name != ".", name != "..",
                    !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }),
                    !name.hasPrefix(POSIXFileSystem.temporaryPrefix)
                else { continue }
                guard let status = FileInformation(of: name, in: directory)?.status else { continue }
                entries.append(FileEntry(name: name, status: status))
            }
            return entries
        }
    }
}
