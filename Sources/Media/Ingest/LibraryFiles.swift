internal import Glibc

/// Writes files of a library so that nobody ever sees a half-written one.
enum LibraryFiles {
    /// Writes `bytes` to `temporary`, waits until they are on disk, and renames the file to `path`.
    /// - Throws: ``IngestError``; `temporary` is gone then.
    static func write(_ bytes: [UInt8], to path: String, by temporary: String) throws(IngestError) {
        do throws(IngestError) {
            try writeDurably(bytes, to: temporary)
            guard rename(temporary, path) == 0 else { throw IngestError("cannot create", path, errno: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Writes `bytes` behind what is in the file at `path`, which need not exist, and waits until they are on disk.
    static func append(_ bytes: [UInt8], to path: String) throws(IngestError) {
        try writeDurably(bytes, to: path, mode: O_APPEND)
    }

    private static func writeDurably(
        _ bytes: [UInt8], to path: String, mode: Int32 = O_TRUNC
    ) throws(IngestError) {
        let file = open(path, O_WRONLY | O_CREAT | mode | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw IngestError("cannot create", path, errno: errno) }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw IngestError("cannot write", path, errno: count < 0 ? errno : EIO) }
            written += count
        }
        guard fsync(file) == 0 else { throw IngestError("cannot write", path, errno: errno) }
    }

    /// Makes sure that the names in a folder survive a loss of power.
    static func synchronise(folder path: String) throws(IngestError) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw IngestError("cannot open", path, errno: errno) }
        defer { close(folder) }
        // Some file systems cannot do this and need not.
        guard fsync(folder) == 0 || errno == EINVAL else { throw IngestError("cannot write", path, errno: errno) }
    }

    /// Makes a folder and those above it, as far as they are missing.
    /// - Parameter made: the folders that were made are added, outermost first, even if the next one cannot be.
    static func makeFolder(_ path: String, noting made: inout [String]) throws(IngestError) {
        // Another process, which ends, may remove an empty folder before something is put into it.
        for _ in 0..<100 {
            var facts = stat()
            if stat(path, &facts) == 0 {
                guard facts.st_mode & S_IFMT == S_IFDIR else {
                    throw IngestError(.libraryUnavailable, "\(path) is a file where a folder has to be")
                }
                return
            }
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try makeFolder(String(path[..<slash]), noting: &made)
            }
            if mkdir(path, 0o755) == 0 { return made.append(path) }
            guard errno == EEXIST || errno == ENOENT else { break }
        }
        throw IngestError("cannot create the folder", path, errno: errno)
    }

    /// - Throws: ``IngestError/Code/libraryUnavailable`` when `path`, or what it would be in, is something else than
    ///   a folder.
    static func checkFolder(_ path: String) throws(IngestError) {
        var facts = stat()
        if stat(path, &facts) == 0 {
            guard facts.st_mode & S_IFMT == S_IFDIR else {
                throw IngestError(.libraryUnavailable, "the library \(path) is a file: name a folder")
            }
        } else if errno == ENOTDIR {
            throw IngestError(.libraryUnavailable, "the library \(path) is below a file: name a folder")
        }
    }

    /// - Throws: ``IngestError/Code/libraryUnavailable`` when a file is to be written where a folder is.
    static func checkFile(_ path: String) throws(IngestError) {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else { return }
        throw IngestError(.libraryUnavailable, "\(path) is a folder where a file has to be: remove it")
    }

    /// Size in bytes of a plain file; nil if there is none.
    static func size(of path: String) -> Int? {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(facts.st_size)
    }

    /// The content of a plain file of at most `limit` bytes; nil if there is none that can be read.
    static func read(_ path: String, limit: Int = 1 << 30) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard let size = size(of: path), size <= limit else { return nil }
        var total = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while total < size {
                let got = Glibc.read(file, buffer.baseAddress?.advanced(by: total), size - total)
                if got < 0, errno == EINTR { continue }
                if got <= 0 { break }
                total += got
            }
            count = total
        }
        return total == size ? bytes : nil
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) { unlink(path) }

    /// Removes folders in the order given, as far as they are empty.
    static func removeEmptyFolders(_ paths: [String]) {
        for path in paths { rmdir(path) }
    }

    /// Removes the plain files of a folder for whose names `condition` holds.
    static func removeFiles(in path: String, where condition: (String) -> Bool) {
        guard let folder = opendir(path) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != "..", condition(name) { unlink("\(path)/\(name)") }
        }
    }
}
