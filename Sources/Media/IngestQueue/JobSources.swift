internal import Foundation
internal import Synchronization

/// The files of jobs: each a second name of what was brought, so that its owner may rename, replace or remove it.
struct JobSources: Sendable {
    private let folder: String
    private let lock: Lock

    /// Held until it is released, or the process ends in whatever way.
    private final class Lock: Sendable {
        private let descriptor: Mutex<Int32?>
        init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }
        deinit { release() }

        func release() {
            descriptor.withLock { descriptor in
                if let number = descriptor { close(number) }
                descriptor = nil
            }
        }
    }

    /// Makes the folders, and this process the only one that uses them.
    ///
    /// - Throws: ``IngestQueueError``: `.locked`, `.unusable`.
    init(folder root: String) throws(IngestQueueError) {
        folder = root + "/sources"
        for path in [root, folder] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw IngestQueueError(.unusable, "cannot make \(path): \(String(cString: strerror(errno)))")
        }
        let descriptor = open(root + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw IngestQueueError(.unusable, "cannot open \(root)/lock: \(String(cString: strerror(errno)))")
        }
        lock = Lock(descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw IngestQueueError(.locked, "another process runs the ingest jobs in \(root)")
        }
    }

    /// Keeps a file for a job: the one that is open, whatever its name is by now, or else the one at the path.
    ///
    /// - Returns: where to read it: a second name, or its own where file systems differ, under which it must stay then.
    func keep(_ path: String, _ descriptor: Int32?, for id: Int64) throws(IngestQueueError) -> String {
        let kept = "\(folder)/\(id)"
        unlink(kept)
        var path = path
        if let descriptor, let now = Self.path(of: descriptor) { path = now }
        if Self.link(path, descriptor, as: kept) {
            let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { return kept }
            fsync(directory)
            close(directory)
            return kept
        }
        guard errno == EXDEV || errno == EPERM || errno == EMLINK || errno == ENOTSUP else {
            throw IngestQueueError(.unusable, "cannot keep \(path): \(String(cString: strerror(errno)))")
        }
        return path
    }

    /// - Returns: whether it worked; `errno` tells if not.
    private static func link(_ path: String, _ descriptor: Int32?, as kept: String) -> Bool {
        #if os(Linux)
            if let descriptor {
                if linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, kept, AT_SYMLINK_FOLLOW) == 0 {
                    return true
                }
                if access("/proc/self/fd", X_OK) == 0 { return false }
            }
        #endif
        return Foundation.link(path, kept) == 0
    }

    /// Where an open file is now; nil where the system does not tell.
    private static func path(of descriptor: Int32) -> String? {
        #if os(Linux)
            return try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
        #else
            return nil
        #endif
    }

    /// Lets another process have the queue.
    func release() { lock.release() }

    /// The job needs its file no more.
    func forget(_ id: Int64) { unlink("\(folder)/\(id)") }

    /// Removes the files of all jobs but `live`.
    func sweep(keeping live: Set<Int64>) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            if let id = Int64(name), !live.contains(id) { forget(id) }
        }
    }
}
