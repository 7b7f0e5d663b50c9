// `stat` is declared in a C header that many modules take in, and the compiler ascribes it to the one that it met first.
internal import Foundation

#if canImport(Glibc)
    internal import CDispatch
    internal import CoreFoundation
    internal import Glibc
#endif

/// What the system knows of a file, link, directory or other thing.
struct FileInformation {
    enum Kind {
        case file, directory, other
    }

    let kind: Kind
    let size: Int64
    let modified: Date
    let device: UInt64
    let inode: UInt64
    /// Names that it has.
    let links: Int

    /// Of something open; nil with `errno` set when the system does not tell.
    init?(of descriptor: Descriptor) {
        var information = stat()
        guard fstat(descriptor.number, &information) == 0 else { return nil }
        self.init(information)
    }

    /// Of a name in a directory, links not followed; nil with `errno` set when there is none.
    init?(of name: UnsafePointer<CChar>, in directory: Descriptor) {
        var information = stat()
        guard fstatat(directory.number, name, &information, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        self.init(information)
    }

    /// Sets when something open last changed, to the second; false with `errno` set when it cannot be.
    static func setModified(_ descriptor: Descriptor, _ date: Date) -> Bool {
        var time = timespec()
        time.tv_sec = Int(date.timeIntervalSince1970)
        return futimens(descriptor.number, [time, time]) == 0
    }

    private init(_ information: stat) {
        kind =
            switch information.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        size = Int64(information.st_size)
        modified = Date(timeIntervalSince1970: Double(information.st_mtim.tv_sec))
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
        links = Int(information.st_nlink)
    }

    /// Nil for what does not show.
    var status: FileStatus? {
        guard kind != .other else { return nil }
        return FileStatus(
            isDirectory: kind == .directory, size: size, modified: modified,
            unique: String(device, radix: 16) + "g" + String(inode, radix: 16))
    }
}
