internal import Glibc

/// Keeps two processes from making the same presentation at once: a lock on a file in the working folder, which the
/// system lifts when its process ends in whatever way.
struct IngestLock: ~Copyable {
    private let file: Int32

    /// Takes the lock of `layout`; makes the working folder.
    /// - Throws: ``IngestError/Code/busy`` when another process has it.
    init(_ layout: LibraryLayout) throws(IngestError) {
        while true {
            // Whoever had the lock before may remove the folder at any time until it is taken here.
            var made: [String] = []
            try LibraryFiles.makeFolder(layout.work, noting: &made)
            let file = open(layout.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            if file < 0, errno == ENOENT { continue }
            guard file >= 0 else { throw IngestError("cannot create", layout.lock, errno: errno) }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                let number = errno
                close(file)
                if number == EINTR { continue }
                guard number == EWOULDBLOCK else { throw IngestError("cannot lock", layout.lock, errno: number) }
                throw IngestError(
                    .busy, "another process is ingesting \"\(layout.name)\" (\(layout.fingerprint)): wait for it")
            }
            var (own, named) = (stat(), stat())
            if fstat(file, &own) == 0, stat(layout.lock, &named) == 0, own.st_ino == named.st_ino {
                self.file = file
                return
            }
            close(file)
        }
    }

    deinit { close(file) }
}
