internal import Foundation

extension POSIXFileSystem {
    /// Removes what processes that were killed left of their uploads, here and below. Those of living ones are locked.
    package func sweep() {
        var pending = [root]
        while let directory = pending.popLast() {
            guard let reader = try? POSIXDirectoryReader(directory, showsTemporary: true) else { continue }
            while let entries = try? reader.next(), !entries.isEmpty {
                for entry in entries {
                    if entry.status.isDirectory {
                        let next = openat(directory.number, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                        if next >= 0 { pending.append(Descriptor(next)) }
                    } else if entry.name.hasPrefix(Self.temporaryPrefix) {
                        let number = openat(
                            directory.number, entry.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                        guard number >= 0 else { continue }
                        let file = Descriptor(number)
                        if flock(file.number, LOCK_EX | LOCK_NB) == 0 {
                            unlinkat(directory.number, entry.name, 0)
                        }
                    }
                }
            }
        }
    }
}
