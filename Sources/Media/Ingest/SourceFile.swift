internal import Glibc

/// A plain file to ingest, and how to notice that it changes meanwhile.
struct SourceFile: Sendable, Hashable {
    let path: String
    /// In bytes; above 0.
    let size: Int
    let identity: SourceIdentity

    private let isKept: Bool

    /// - Parameters:
    ///   - path: of the file.
    ///   - isKept: whether its content stays, so that its times mean nothing.
    /// - Throws: ``IngestError`` for what is not a plain file with something in it.
    init(path: String, isKept: Bool = false) throws(IngestError) {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            let number = errno
            throw IngestError(
                number == EACCES ? .permissionDenied : .noSource, "cannot read \(path): \(IngestError.text(number))")
        }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw IngestError(.noSource, "\(path) is a directory: name a video or audio file")
        default: throw IngestError(.noSource, "\(path) is not a plain file: save it to one first")
        }
        guard facts.st_size > 0 else { throw IngestError(.unusableSource, "\(path) is empty") }
        self.path = path
        size = Int(facts.st_size)
        identity = SourceIdentity(facts, isKept: isKept)
        self.isKept = isKept
    }

    /// - Throws: ``IngestError/Code/unusableSource`` when it is no longer the file that it was.
    func checkUnchanged() throws(IngestError) {
        guard let now = try? SourceFile(path: path, isKept: isKept), now.identity.hasSameContent(as: identity) else {
            throw IngestError(.unusableSource, "\(path) changed while it was read: start again once it is complete")
        }
    }

    /// Without its folders.
    var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// Tells one state of a file on disk from others, without reading it.
struct SourceIdentity: Sendable, Hashable, Codable {
    private let size: Int64
    private let inode: UInt64
    /// When the content was last written: seconds and nanoseconds. Programs that copy may set it back.
    private let modification: [Int]
    /// When content or attributes were last changed, which nobody can set back.
    private let change: [Int]

    init(_ facts: stat, isKept: Bool) {
        size = Int64(facts.st_size)
        inode = UInt64(facts.st_ino)
        guard !isKept else {
            (modification, change) = ([], [])
            return
        }
        modification = [facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec]
        change = [facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec]
    }

    /// Whether nobody wrote the file in between; its attributes and other names may have changed.
    func hasSameContent(as other: SourceIdentity) -> Bool {
        size == other.size && inode == other.inode && modification == other.modification
    }
}
