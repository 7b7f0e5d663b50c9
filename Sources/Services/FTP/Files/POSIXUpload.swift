internal import Foundation
internal import NIOCore
internal import Synchronization

/// A file on its way in, under a name that nobody sees.
///
/// Appending and resuming work on a copy, so that the old file stays whole until the new one is. At the end the content
/// is synced, takes its name by one rename, and the directory is synced: after a crash at any moment there is the old file
/// or the new one. What a killed process leaves behind is swept away by ``POSIXFileSystem/sweep()``. What breaks off is
/// kept for a while where there is no file of its name, so that appending and resuming go on with it.
final class POSIXUpload: FileUpload {
    private struct State {
        var temporary: String?
        var written: Int64 = 0
    }

    let path: VirtualPath
    private let name: String
    private let parent: Descriptor
    private let file: Descriptor
    private let folder: String
    private let replaces: Bool
    private let share: QuotaShare?
    /// Where what came is kept when it breaks off; nil when it is not.
    private let place: String?
    /// While it is the server's choice.
    private let reserved: ReservedName?
    /// The inode of the file that this one continues.
    private let continued: UInt64?
    private let state: Mutex<State>

    init(
        path: VirtualPath, name: String, in parent: Descriptor, folder: String, mode: StoreMode, replaces: Bool,
        share: QuotaShare?, broken: BrokenUploads?, permissions: mode_t, isCancelled: @Sendable () -> Bool
    ) throws(FileError) {
        let existing = mode == .unique ? nil : try Self.existing(name, in: parent)
        guard existing == nil || replaces else { throw .exists }
        var (path, name) = (path, name)
        if mode == .unique {
            (path, name, reserved) = try Self.unusedName(path, in: parent)
        } else {
            reserved = nil
        }
        place = existing == nil && mode != .unique ? broken?.place(of: name) : nil
        let continuing = existing == nil && mode != .replace && mode != .unique ? broken?.open(name, in: parent) : nil
        let temporary: String
        if let (kept, information) = continuing, let broken {
            if case .resume(let offset) = mode, offset > information.size { throw .badOffset }
            temporary = try Self.takeBack(kept, broken.place(of: name), mode, in: parent)
            file = kept
            var size = information.size
            if case .resume(let offset) = mode { size = offset }
            share?.adopt(size)
            share?.replaced(information.size - size)
        } else {
            (temporary, file) = try Self.makeTemporary(in: parent, permissions)
        }
        self.path = path
        self.name = name
        self.parent = parent
        self.folder = folder
        // A unique name was free a moment ago; whoever stores under it meanwhile keeps it.
        self.replaces = mode == .unique ? false : replaces
        self.share = share
        continued = mode == .replace || mode == .unique ? nil : existing.flatMap { FileInformation(of: $0)?.inode }
        state = Mutex(State(temporary: temporary))
        if continuing != nil { return }
        do throws(FileError) {
            switch mode {
            case .replace, .unique: break
            case .append: if let existing { try copy(existing, upTo: nil, isCancelled) }
            case .resume(let offset):
                guard let existing else { throw .badOffset }
                try copy(existing, upTo: offset, isCancelled)
            }
        } catch {
            cancel()
            throw error
        }
    }

    func write(_ bytes: ByteBuffer) throws(FileError) {
        let count = Int64(bytes.readableBytes)
        let written = state.withLock(\.written)
        try share?.take(count)
        var failure: CInt = 0
        bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let put = Foundation.write(file.number, part.baseAddress, part.count)
                if put > 0 {
                    rest = rest.dropFirst(put)
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        guard failure == 0 else { throw POSIXFileSystem.error(failure) }
        let reached = state.withLock { state in
            state.written += count
            return state.written
        }
        // The disk begins now with what has come, so that little is left to wait for in the end.
        if reached / Self.flushedOctets > written / Self.flushedOctets { flush(upTo: reached) }
    }

    /// Octets that are handed to the disk together.
    private static let flushedOctets: Int64 = 8 << 20

    private func flush(upTo end: Int64) {
        #if os(Linux)
            let start = (end / Self.flushedOctets - 1) * Self.flushedOctets
            _ = posix_fadvise(file.number, off_t(start), off_t(Self.flushedOctets), POSIX_FADV_DONTNEED)
        #endif
    }

    func finish() throws(FileError) -> FinishedUpload {
        guard let temporary = state.withLock(\.temporary) else { throw .notFound }
        if let continued {
            // Another upload was faster: what this one adds would follow something else.
            guard FileInformation(of: name, in: parent)?.inode == continued else {
                cancel()
                throw .exists
            }
        }
        guard fsync(file.number) == 0, let information = FileInformation(of: file) else {
            let number = errno
            cancel()
            throw POSIXFileSystem.error(number)
        }
        let former = share == nil ? nil : FileInformation(of: name, in: parent)
        let renamed =
            replaces
            ? renameat(parent.number, temporary, parent.number, name)
            // A link fails where the name is in use; a rename would replace it.
            : linkat(parent.number, temporary, parent.number, name, 0)
        guard renamed == 0 else {
            let number = errno
            cancel()
            throw POSIXFileSystem.error(number)
        }
        if replaces { state.withLock { $0.temporary = nil } } else { removeTemporary() }
        if replaces, let former { share?.replaced(former.size) }
        forgetEarlier()
        guard fsync(parent.number) == 0 else { throw POSIXFileSystem.error(errno) }
        return FinishedUpload(
            path: path, location: folder + path.description, size: information.size, file: OpenFile(file))
    }

    func cancel() {
        if removeTemporary() { share?.giveBack() }
    }

    func leave() {
        // But for the last octet: a client that hears of all that it has would take the upload for done.
        guard let place, let size = FileInformation(of: file)?.size, size > 1,
            ftruncate(file.number, off_t(size - 1)) == 0
        else { return cancel() }
        let former = FileInformation(of: place, in: parent)
        let temporary = state.withLock { state in
            defer { state.temporary = nil }
            return state.temporary
        }
        guard let temporary else { return }
        if renameat(parent.number, temporary, parent.number, place) == 0 {
            share?.keep()
            share?.replaced(1 + (former?.size ?? 0))
            // Whoever continues it may do so at once.
            flock(file.number, LOCK_UN)
        } else {
            unlinkat(parent.number, temporary, 0)
            share?.giveBack()
        }
    }

    /// The file is there: what was kept of earlier attempts is worth nothing.
    private func forgetEarlier() {
        guard let place, let former = FileInformation(of: place, in: parent) else { return }
        if unlinkat(parent.number, place, 0) == 0 { share?.replaced(former.size) }
    }

    /// - Returns: whether there was such a name.
    @discardableResult
    private func removeTemporary() -> Bool {
        let temporary = state.withLock { state in
            defer { state.temporary = nil }
            return state.temporary
        }
        guard let temporary else { return false }
        unlinkat(parent.number, temporary, 0)
        return true
    }

    deinit { cancel() }

    /// The regular file that has the name already.
    private static func existing(_ name: String, in parent: Descriptor) throws(FileError) -> Descriptor? {
        guard let information = FileInformation(of: name, in: parent) else {
            guard errno == ENOENT else { throw POSIXFileSystem.error(errno) }
            return nil
        }
        switch information.kind {
        case .file: break
        case .directory: throw .isADirectory
        case .other: throw .notPermitted
        }
        let number = openat(parent.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw POSIXFileSystem.error(errno) }
        return Descriptor(number)
    }

    /// Makes a file that says to others, by a lock, that its upload is alive.
    private static func makeTemporary(
        in parent: Descriptor, _ permissions: mode_t
    ) throws(FileError) -> (String, Descriptor) {
        while true {
            let name = temporaryName()
            let number = openat(parent.number, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions)
            guard number >= 0 else { throw POSIXFileSystem.error(errno) }
            let file = Descriptor(number)
            guard flock(number, LOCK_EX) == 0, let information = FileInformation(of: file) else {
                let failure = errno
                unlinkat(parent.number, name, 0)
                throw POSIXFileSystem.error(failure)
            }
            // Somebody who sweeps may have been faster than the lock.
            if information.links > 0 { return (name, file) }
        }
    }

    /// Gives what was kept the name of an upload under way, and goes on behind its octets, as many as `mode` keeps.
    private static func takeBack(
        _ kept: Descriptor, _ place: String, _ mode: StoreMode, in parent: Descriptor
    ) throws(FileError) -> String {
        let name = temporaryName()
        guard renameat(parent.number, place, parent.number, name) == 0 else { throw POSIXFileSystem.error(errno) }
        if case .resume(let offset) = mode, ftruncate(kept.number, off_t(offset)) != 0 {
            throw POSIXFileSystem.error(errno)
        }
        guard lseek(kept.number, 0, SEEK_END) >= 0 else { throw POSIXFileSystem.error(errno) }
        return name
    }

    private static func temporaryName() -> String {
        POSIXFileSystem.temporaryPrefix + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    }

    /// The name, or with the first number that makes it unused, kept from others.
    private static func unusedName(
        _ path: VirtualPath, in parent: Descriptor
    ) throws(FileError) -> (VirtualPath, String, ReservedName) {
        guard let directory = FileInformation(of: parent) else { throw POSIXFileSystem.error(errno) }
        for number in 0...10_000 {
            guard let name = path.name.map({ number == 0 ? $0 : "\($0).\(number)" }),
                let path = path.parent?.appending(name)
            else { break }
            // Reserved first: an upload that ends in between gives its reservation up after it has the name.
            guard let reserved = ReservedName.take(name, in: directory) else { continue }
            if FileInformation(of: name, in: parent) == nil, errno == ENOENT { return (path, name, reserved) }
        }
        throw .exists
    }

    /// Takes over the beginning of a file.
    private func copy(
        _ source: Descriptor, upTo limit: Int64?, _ isCancelled: @Sendable () -> Bool
    ) throws(FileError) {
        var rest = limit ?? .max
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while rest > 0, !isCancelled() {
            let got = read(source.number, &piece, Int(min(rest, Int64(piece.count))))
            if got < 0 { throw POSIXFileSystem.error(errno) }
            if got == 0 { break }
            try write(ByteBuffer(bytes: piece.prefix(got)))
            rest -= Int64(got)
        }
        if isCancelled() { throw .system(ECANCELED) }
        if limit != nil, rest > 0 { throw .badOffset }
    }
}
