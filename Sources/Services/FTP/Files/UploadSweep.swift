internal import Foundation

extension POSIXFileSystem {
    /// Removes what processes that were killed left of their uploads, here and below. Those of living ones are locked.
    package func sweep() {
        let prefix = Self.temporaryPrefix.utf8.map { CChar(bitPattern: $0) }
        FileTree(root: root).forEach { name, _, directory in
            guard name.starts(with: prefix) else { return }
            let number = openat(directory.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard number >= 0 else { return }
            let file = Descriptor(number)
            if flock(file.number, LOCK_EX | LOCK_NB) == 0 { unlinkat(directory.number, name, 0) }
        }
    }
}
