internal import Foundation
package import NIOCore
package import NIOPosix
internal import Synchronization

/// Serves the files below one folder.
///
/// A file is opened, checked and, if small, read on a thread pool; then it is kept: its bytes up to ``Limits/smallFile``,
/// its descriptor above. A kept file costs one `stat` a request, which finds the directory entry in the kernel's memory
/// (about 1 µs) and notices a file that was replaced. Symbolic links are followed inside the folder and nowhere else, and
/// there only to what has a key itself: what counts is the path of the file that was opened, which leaves no gap between
/// check and use.
package final class FileSegmentStore: SegmentStore {
    /// How much is kept.
    package struct Limits: Sendable {
        /// Bytes of a file up to which it is read into memory: writing from memory costs less than `sendfile` below
        /// 64 to 128 KiB, and half as much CPU a request at 1 KiB.
        package var smallFile = 128 << 10
        /// Bytes of small files kept in memory.
        package var memory = 64 << 20
        /// Large files kept open.
        package var openFiles = 256

        package init() {}
    }

    /// What tells one version of a file from another.
    private struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
        var size: Int
        var seconds: Int
        var nanoseconds: Int

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int(status.st_size)
            seconds = Int(status.st_mtim.tv_sec)
            nanoseconds = Int(status.st_mtim.tv_nsec)
        }

        var version: String {
            "\(String(size, radix: 16))-\(String(seconds * 1_000_000_000 + nanoseconds, radix: 16))"
                + "-\(String(inode, radix: 16))"
        }
    }

    private struct Kept {
        var identity: Identity
        var object: StoredObject
    }

    private let root: String
    private let publicFolders: Set<String>?
    private let limits: Limits
    private let threadPool: NIOThreadPool
    private let kept: Mutex<RecencyTable<Kept>>

    /// - Parameters:
    ///   - folder: an existing folder.
    ///   - publicFolders: the names in it under which objects lie; nil for all.
    package init(
        folder: String, publicFolders: Set<String>? = nil, limits: Limits = Limits(),
        threadPool: NIOThreadPool = .singleton
    ) throws(SegmentStoreError) {
        var status = stat()
        guard stat(folder, &status) == 0 else {
            throw SegmentStoreError(
                .unusable, "library \(folder): \(String(cString: strerror(errno))); give an existing folder")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw SegmentStoreError(.unusable, "library \(folder) is not a folder; give one that holds media/")
        }
        guard let resolved = realpath(folder, nil), access(folder, R_OK | X_OK) == 0 else {
            throw SegmentStoreError(.unusable, "library \(folder) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        root = String(cString: resolved)
        self.publicFolders = publicFolders
        self.limits = limits
        self.threadPool = threadPool
        kept = Mutex(RecencyTable(weight: limits.memory, count: limits.openFiles))
    }

    package func object(_ key: ObjectKey, on eventLoop: any EventLoop) -> EventLoopFuture<StoredObject> {
        let path = root + "/" + key.path
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return eventLoop.makeFailedFuture(Self.notFound(key))
        }
        let identity = Identity(status)
        if let found = kept.withLock({ $0.value(key, if: { $0.identity == identity }) }) {
            return eventLoop.makeSucceededFuture(found.object)
        }
        return threadPool.runIfActive(eventLoop: eventLoop) { try self.open(key, path) }
    }

    /// Opens a file, makes sure that it is one of ours, and keeps it.
    private func open(_ key: ObjectKey, _ path: String) throws(SegmentStoreError) -> StoredObject {
        // O_NONBLOCK: a named pipe must not hold the thread.
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            guard code == EMFILE || code == ENFILE || code == ENOMEM || code == EIO else { throw Self.notFound(key) }
            throw SegmentStoreError(.unavailable, "\(key): \(String(cString: strerror(code)))")
        }
        let file = ObjectFile(descriptor: descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, isPublic(descriptor) else {
            throw Self.notFound(key)
        }
        let identity = Identity(status)
        let isSmall = identity.size <= limits.smallFile
        let content: StoredObject.Content =
            isSmall ? .memory(try read(descriptor, count: identity.size, key)) : .file(file)
        let object = StoredObject(
            key: key, size: identity.size, lastModified: identity.seconds, version: identity.version,
            content: content)
        kept.withLock {
            $0.insert(
                key, Kept(identity: identity, object: object), weight: isSmall ? identity.size : 0, counts: !isSmall)
        }
        return object
    }

    /// What keeps the store from its work, in one line: its folder can no longer be read. Nil when nothing does.
    package var fault: String? {
        access(root, R_OK | X_OK) == 0 ? nil : "library \(root) cannot be read: \(String(cString: strerror(errno)))"
    }

    /// Whether the file that was opened lies in a public place of the folder, wherever links led.
    private func isPublic(_ descriptor: CInt) -> Bool {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return -1 }
            return readlink("/proc/self/fd/\(descriptor)", start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard count > 0 else { return false }
        let prefix = root == "/" ? "/" : root + "/"
        guard buffer[..<count].starts(with: prefix.utf8) else { return false }
        let segments = buffer[prefix.utf8.count..<count].split(separator: UInt8(ascii: "/"))
            .map { String(decoding: $0, as: UTF8.self) }
        guard let first = segments.first, publicFolders?.contains(first) != false else { return false }
        return ObjectKey(segments: segments) != nil
    }

    private func read(_ descriptor: CInt, count: Int, _ key: ObjectKey) throws(SegmentStoreError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        while buffer.writerIndex < count {
            let offset = buffer.writerIndex
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count - offset) {
                max(pread(descriptor, $0.baseAddress, count - offset, off_t(offset)), 0)
            }
            // Shorter than its size said: someone writes into it, against the rule that files appear whole.
            guard got > 0 else { throw SegmentStoreError(.unavailable, "\(key): cannot be read whole") }
        }
        return buffer
    }

    private static func notFound(_ key: ObjectKey) -> SegmentStoreError {
        SegmentStoreError(.notFound, "\(key): no such object")
    }
}
