// `stat` and `timespec` are declared in C headers that many modules take in, and the compiler ascribes them to the one that
// it met first.
internal import Foundation

#if canImport(Glibc)
    internal import CDispatch
    internal import CoreFoundation
    internal import Glibc
#endif

/// What the system knows of a file or a folder.
struct FileFacts: Sendable {
    /// A time by the system's clock, since 1970.
    struct Moment: Sendable, Hashable {
        var seconds: Int
        var nanoseconds: Int

        static var now: Moment {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Moment(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
        }

        /// Seconds from `earlier` to this.
        func seconds(since earlier: Moment) -> Double {
            Double(seconds - earlier.seconds) + Double(nanoseconds - earlier.nanoseconds) / 1e9
        }

        var text: String { "\(seconds).\(nanoseconds)" }
    }

    /// Octets.
    let size: Int
    /// When its content last changed; a folder's content are the names in it.
    let modified: Moment

    /// Nil where there is none.
    init?(path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        self.init(facts)
    }

    /// Of an open file.
    init?(descriptor: Int32) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { return nil }
        self.init(facts)
    }

    private init(_ facts: stat) {
        size = Int(facts.st_size)
        modified = Moment(seconds: facts.st_mtim.tv_sec, nanoseconds: facts.st_mtim.tv_nsec)
    }

    /// Sets when an open file last changed, in seconds since 1970.
    static func setModified(_ descriptor: Int32, _ seconds: Int) {
        var time = timespec()
        time.tv_sec = seconds
        futimens(descriptor, [time, time])
    }
}
