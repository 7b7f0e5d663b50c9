internal import Foundation

/// How many files and sockets the process may have open.
package enum FileDescriptors {
    /// More than any server here needs; some systems set no bound, or one of a thousand million.
    private static let largestLimit: rlim_t = 1 << 20

    /// Raises the limit that holds for this process to the highest that it may set itself (`RLIMIT_NOFILE`): the usual
    /// 1024 is for programs that call `select`.
    package static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        let highest = min(limit.rlim_max, largestLimit)
        guard limit.rlim_cur < highest else { return }
        limit.rlim_cur = highest
        _ = setrlimit(resource, &limit)
    }

    /// How many more may be opened now.
    package static var available: Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return Int(Int32.max) }
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count) ?? 0
        return max(Int(min(limit.rlim_cur, rlim_t(Int32.max))) - open, 0)
    }

    /// How many client connections leave enough of `available` descriptors for files and connections to origins: half
    /// of them are kept free, and no more than 1024.
    static func connections(available: Int) -> Int { max(available - min(available / 2, 1024), 1) }

    #if os(Linux)
        private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
        private static var resource: CInt { RLIMIT_NOFILE }
    #endif
}
