internal import Foundation

/// Everything below a folder, whatever it is called: what listings do not show takes room on the disk, too.
struct FileTree {
    let root: Descriptor

    /// Calls `body` with each thing that is no directory: its name, what is known of it, and the directory that it is in.
    ///
    /// Holds one directory open at a time, however deep and wide the tree is.
    func forEach(_ body: (_ name: [CChar], FileInformation, _ directory: Descriptor) -> Void) {
        var pending: [[[CChar]]] = [[]]
        while let path = pending.popLast() {
            guard let directory = open(path), let stream = Self.stream(of: directory) else { continue }
            defer { closedir(stream) }
            while let found = readdir(stream) {
                let name = withUnsafeBytes(of: found.pointee.d_name) { bytes in
                    bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
                }
                guard name != [46, 0], name != [46, 46, 0], let information = FileInformation(of: name, in: directory)
                else { continue }
                if information.kind == .directory {
                    pending.append(path + [name])
                } else {
                    body(name, information, directory)
                }
            }
        }
    }

    private func open(_ path: [[CChar]]) -> Descriptor? {
        var current = root
        for name in path {
            let next = openat(current.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { return nil }
            current = Descriptor(next)
        }
        return current
    }

    /// To read names with, by a descriptor and a position of its own; nil with `errno` set when it cannot be read.
    static func stream(of directory: Descriptor) -> OpaquePointer? {
        let copy = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return nil }
        guard let stream = fdopendir(copy) else {
            let number = errno
            close(copy)
            errno = number
            return nil
        }
        return stream
    }
}
