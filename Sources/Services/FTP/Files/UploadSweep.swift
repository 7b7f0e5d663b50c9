internal import Foundation

extension POSIXFileSystem {
    /// Removes what processes that were killed left of their uploads, here and below, and what was kept of broken ones for
    /// too long. Those of living ones are locked.
    package func sweep() {
        let part = BrokenUploads.prefix.utf8.map { CChar(bitPattern: $0) }
        let prefix = Self.temporaryPrefix.utf8.map { CChar(bitPattern: $0) }
        FileTree(root: root).forEach { name, information, directory in
            guard name.starts(with: prefix) else { return }
            if name.starts(with: part), let broken, broken.isFresh(information) { return }
            let number = openat(directory.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard number >= 0 else { return }
            let file = Descriptor(number)
            if flock(file.number, LOCK_EX | LOCK_NB) == 0 { unlinkat(directory.number, name, 0) }
        }
    }

    /// Removes what is kept in a directory of broken uploads, if there is nothing else in it.
    ///
    /// - Returns: whether the directory is empty now.
    func removeBrokenUploads(in directory: Descriptor) throws(FileError) -> Bool {
        guard let stream = FileTree.stream(of: directory) else { throw Self.error(errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let found = readdir(stream) {
            let name = withUnsafeBytes(of: found.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            guard name.hasPrefix(BrokenUploads.prefix) else { throw .notEmpty }
            names.append(name)
        }
        for name in names {
            let number = openat(directory.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard number >= 0 else { continue }
            let file = Descriptor(number)
            guard flock(number, LOCK_EX | LOCK_NB) == 0, let information = FileInformation(of: file) else {
                throw .notEmpty
            }
            if unlinkat(directory.number, name, 0) == 0 { quota?.ledger.release(information.size) }
        }
        return true
    }
}
