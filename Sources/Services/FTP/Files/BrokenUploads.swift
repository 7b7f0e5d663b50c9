internal import Crypto
internal import Foundation

/// How much is kept of uploads that broke off, and for whom: what came stays under a name that only the server knows, until
/// its owner continues it, stores anew under the name, or time is over.
package struct BrokenUploads: Sendable {
    /// Whose they are: nobody else may continue them.
    package var owner: String
    /// Seconds that they stay.
    package var age: Double

    package init(owner: String, age: Double) {
        self.owner = owner
        self.age = age
    }

    static let prefix = POSIXFileSystem.temporaryPrefix + "part."

    /// Where what is to be `name` is kept, in the same directory.
    func place(of name: String) -> String {
        let digest = SHA256.hash(data: Data("\(owner)\0\(name)".utf8))
        return Self.prefix + digest.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Whether it has not been kept for too long.
    func isFresh(_ information: FileInformation, now: Date = Date()) -> Bool {
        information.kind == .file && now.timeIntervalSince(information.modified) < age
    }

    /// Opens what is kept of `name`, for nobody else meanwhile; nil when there is nothing, or somebody has it.
    func open(_ name: String, in parent: Descriptor) -> (Descriptor, FileInformation)? {
        let number = openat(parent.number, place(of: name), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let file = Descriptor(number)
        // One without a name was swept away before the lock.
        guard flock(number, LOCK_EX | LOCK_NB) == 0, let information = FileInformation(of: file), information.links > 0,
            isFresh(information)
        else { return nil }
        return (file, information)
    }
}
