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
    private let quota: Int64?
    private let mode: UInt32

    /// - Parameters:
    ///   - path: the folder that is the user's root; it must exist.
    ///   - quota: octets that all its files may have together; nil for no limit.
    ///   - mode: of new files, before the process's mask.
    package init(root path: String, quota: Int64? = nil, mode: UInt32 = 0o666) throws(FileError) {
        let descriptor = Foundation.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.error(errno) }
        root = Descriptor(descriptor)
        rootPath = path
        self.quota = quota
        self.mode = mode
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
        guard unlinkat(parent.number, try Self.check(name), AT_REMOVEDIR) == 0 else { throw Self.error(errno) }
    }

    package func removeFile(_ path: VirtualPath) throws(FileError) {
        guard let name = path.name else { throw .isADirectory }
        guard try !status(of: path).isDirectory else { throw .isADirectory }
        let parent = try directory(path.parent ?? .root)
        guard unlinkat(parent.number, try Self.check(name), 0) == 0 else { throw Self.error(errno) }
    }

    package func rename(_ path: VirtualPath, to new: VirtualPath) throws(FileError) {
        guard let name = path.name, let newName = new.name else { throw .notPermitted }
        _ = try status(of: path)
        let parent = try directory(path.parent ?? .root)
        let newParent = try directory(new.parent ?? .root)
        guard renameat(parent.number, try Self.check(name), newParent.number, try Self.check(newName)) == 0 else {
            throw Self.error(errno)
        }
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

    package func upload(_ path: VirtualPath, _ mode: StoreMode, replaces: Bool) throws(FileError) -> any FileUpload {
        guard let name = path.name else { throw .isADirectory }
        let parent = try directory(path.parent ?? .root)
        _ = try Self.check(name)
        var allowance: Int64?
        if let quota {
            let used = usage()
            guard used < quota else { throw .quotaExceeded }
            allowance = quota - used
        }
        return try POSIXUpload(
            path: path, name: name, in: parent, folder: rootPath, mode: mode, replaces: replaces, allowance: allowance,
            permissions: self.mode)
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

    /// Octets of all files, those of uploads under way included.
    private func usage() -> Int64 {
        var total: Int64 = 0
        var pending = [root]
        while let directory = pending.popLast() {
            guard let reader = try? POSIXDirectoryReader(directory, showsTemporary: true) else { continue }
            while let entries = try? reader.next(), !entries.isEmpty {
                for entry in entries {
                    if entry.status.isDirectory {
                        let next = openat(
                            directory.number, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                        if next >= 0 { pending.append(Descriptor(next)) }
                    } else {
                        total += entry.status.size
                    }
                }
            }
        }
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
    private let showsTemporary: Bool
    private let stream: Mutex<Stream>

    // Unchecked: the pointer stays within the mutex that holds this, so that one thread at a time uses the stream.
    private struct Stream: @unchecked Sendable {
        var pointer: OpaquePointer?
    }

    init(_ directory: Descriptor, showsTemporary: Bool = false) throws(FileError) {
        self.directory = directory
        self.showsTemporary = showsTemporary
        // Its own descriptor, with a position of its own.
        let copy = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let pointer = fdopendir(copy) else {
            let number = errno
            if copy >= 0 { close(copy) }
            throw POSIXFileSystem.error(number)
        }
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
                    showsTemporary || !name.hasPrefix(POSIXFileSystem.temporaryPrefix)
                else { continue }
                guard let status = FileInformation(of: name, in: directory)?.status else { continue }
                entries.append(FileEntry(name: name, status: status))
            }
            return entries
        }
    }
}
