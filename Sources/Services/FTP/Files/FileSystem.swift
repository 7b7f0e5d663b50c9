package import Foundation
package import NIOCore

/// The files that one user sees, behind whatever keeps them. Methods block the calling thread and may be called from any,
/// for one connection one at a time.
///
/// What it must keep to: no path leads out of it; an upload is seen under its name when it is whole and safe, and not before.
package protocol FileSystem: Sendable {
    func status(of path: VirtualPath) throws(FileError) -> FileStatus
    /// Octets that are kept of an upload of that name which broke off; nil when there is none, or it is somebody else's.
    func brokenUpload(of path: VirtualPath) throws(FileError) -> Int64?
    /// The entries of a directory, some at a time.
    func entries(of path: VirtualPath) throws(FileError) -> any DirectoryReader
    func makeDirectory(_ path: VirtualPath) throws(FileError)
    func removeDirectory(_ path: VirtualPath) throws(FileError)
    func removeFile(_ path: VirtualPath) throws(FileError)
    func rename(_ path: VirtualPath, to new: VirtualPath) throws(FileError)
    func setModified(_ path: VirtualPath, _ date: Date) throws(FileError)
    func open(_ path: VirtualPath) throws(FileError) -> any ReadableFile
    /// Begins an upload.
    ///
    /// - Parameters:
    ///   - path: the name that it will have; a number is appended where `mode` wants one that is unused.
    ///   - mode: what it makes of a file that is there.
    ///   - replaces: whether a file of that name may be replaced; else `.exists` is thrown, now or at the end.
    ///   - isCancelled: asked now and then, as long as this takes; it ends with any error when it is.
    func upload(
        _ path: VirtualPath, _ mode: StoreMode, replaces: Bool, isCancelled: @Sendable () -> Bool
    ) throws(FileError) -> any FileUpload
}

extension FileSystem {
    package func brokenUpload(of path: VirtualPath) throws(FileError) -> Int64? { nil }

    /// Begins an upload, which cannot be cancelled meanwhile.
    package func upload(
        _ path: VirtualPath, _ mode: StoreMode, replaces: Bool
    ) throws(FileError) -> any FileUpload {
        try upload(path, mode, replaces: replaces) { false }
    }
}

/// A directory that is being read.
package protocol DirectoryReader: Sendable {
    /// Some more entries; empty when there are no more.
    func next() throws(FileError) -> [FileEntry]
}

/// An open file.
package protocol ReadableFile: Sendable {
    /// Octets when it was opened.
    var size: Int64 { get }
    /// For `sendfile`; nil where there is none. Open as long as the file lives.
    var descriptor: CInt? { get }
    /// Octets from `offset` on, at most `count`; none at the end.
    func read(at offset: Int64, count: Int) throws(FileError) -> ByteBuffer
}

/// A file that is coming in. One that is neither finished nor cancelled leaves nothing visible either.
package protocol FileUpload: Sendable {
    /// The name that it will have.
    var path: VirtualPath { get }
    func write(_ bytes: ByteBuffer) throws(FileError)
    /// Makes what was written safe and shows it under its name, at once and whole.
    func finish() throws(FileError) -> FinishedUpload
    func cancel()
    /// Gives up, too, but keeps what came for the owner to continue, where that is done.
    func leave()
}

extension FileUpload {
    package func leave() { cancel() }
}

/// A file that has come in.
package struct FinishedUpload: Sendable {
    package var path: VirtualPath
    /// Where it is on this machine; nil where that has no meaning.
    package var location: String?
    /// Octets of the whole file.
    package var size: Int64
    /// What came, whatever its name is meanwhile; nil where it is no file of this machine.
    package var file: OpenFile?

    package init(path: VirtualPath, location: String?, size: Int64, file: OpenFile? = nil) {
        self.path = path
        self.location = location
        self.size = size
        self.file = file
    }
}

/// A file of this machine that stays open as long as this lives.
package final class OpenFile: Sendable {
    private let file: Descriptor

    init(_ file: Descriptor) { self.file = file }

    /// Not to be closed.
    package var descriptor: CInt { file.number }
}

/// What is known of a file or directory.
package struct FileStatus: Sendable, Hashable {
    package var isDirectory: Bool
    /// Octets; of no meaning for a directory.
    package var size: Int64
    /// When its content changed last.
    package var modified: Date
    /// The same for the same file, under whatever name (RFC 3659 §7.5.2); nil where not known.
    package var unique: String?

    package init(isDirectory: Bool, size: Int64, modified: Date, unique: String?) {
        self.isDirectory = isDirectory
        self.size = size
        self.modified = modified
        self.unique = unique
    }
}

/// A name in a directory.
package struct FileEntry: Sendable, Hashable {
    package var name: String
    package var status: FileStatus

    package init(name: String, status: FileStatus) {
        self.name = name
        self.status = status
    }
}

/// Why something cannot be done with a file.
package enum FileError: Error, Sendable, Hashable {
    case notFound
    case exists
    case notPermitted
    case notADirectory
    case isADirectory
    case notEmpty
    case badName
    /// The disk is full.
    case noSpace
    /// The user has stored as much as is allowed.
    case quotaExceeded
    /// The transfer was to begin behind the end of the file.
    case badOffset
    /// The system gave another reason, by its number.
    case system(CInt)

    package var text: String {
        switch self {
        case .notFound: "There is no such file or directory."
        case .exists: "That name is in use."
        case .notPermitted: "You may not do that."
        case .notADirectory: "That is no directory."
        case .isADirectory: "That is a directory."
        case .notEmpty: "The directory is not empty."
        case .badName: "That name cannot be used."
        case .noSpace: "The disk is full."
        case .quotaExceeded: "You have stored as much as you may."
        case .badOffset: "The file does not have that many octets."
        case .system: "The file system failed."
        }
    }

    /// RFC 959 §5.4 has one reply for whatever is wrong with `RNTO`'s name.
    var renamingCode: Int {
        switch self {
        case .noSpace, .quotaExceeded, .system: replyCode(isUpload: false)
        case .notFound, .exists, .notPermitted, .notADirectory, .isADirectory, .notEmpty, .badName, .badOffset: 553
        }
    }

    /// RFC 959 §4.2.2.
    func replyCode(isUpload: Bool) -> Int {
        switch self {
        case .exists, .badName: isUpload ? 553 : 550
        case .noSpace: 452
        case .quotaExceeded: 552
        case .badOffset: 554
        case .system: 451
        case .notFound, .notPermitted, .notADirectory, .isADirectory, .notEmpty: 550
        }
    }
}
