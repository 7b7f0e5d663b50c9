internal import Glibc

/// A plain file to ingest, and how to notice that it changes meanwhile.
struct SourceFile: Sendable, Hashable {
    let path: String
    /// In bytes; above 0.
    let size: Int
    private let changed: [Int]

    /// - Throws: ``IngestError`` for what is not a plain file with something in it.
    init(path: String) throws(IngestError) {
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
        changed = [Int(facts.st_size), facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, Int(facts.st_ino)]
    }

    /// - Throws: ``IngestError/Code/unusableSource`` when it is no longer the file that it was.
    func checkUnchanged() throws(IngestError) {
        guard let now = try? SourceFile(path: path), now == self else {
            throw IngestError(.unusableSource, "\(path) changed while it was read: start again once it is complete")
        }
    }

    /// Without its folders.
    var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }
}
