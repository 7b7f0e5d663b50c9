import Foundation
import ServiceLifecycle

/// The C library's memory allocator: keeps servers whose connections come and go from growing without a leak.
///
/// Whoever sets `MALLOC_ARENA_MAX` or `GLIBC_TUNABLES` decides otherwise; where the C library has no such functions nothing
/// happens.
enum AllocatorArenas {
    /// `M_ARENA_MAX` of glibc's `malloc.h`.
    private static let maximumOption: CInt = -8

    private static let isOurs: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return environment["MALLOC_ARENA_MAX"] == nil && environment["GLIBC_TUNABLES"] == nil
    }()

    /// Lets threads share arenas, one for each core and two at least.
    ///
    /// glibc would make eight for each core, and what one thread has freed in its arena another cannot use: a server whose
    /// connections come and go on many threads then grows for hours.
    static func limit() {
        guard isOurs, let symbol = dlsym(nil, "mallopt") else { return }
        let mallopt = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
        _ = mallopt(maximumOption, CInt(max(2, ProcessInfo.processInfo.activeProcessorCount)))
    }

    /// Gives the pages back in which nothing lives any more, which glibc itself does only at an arena's end. Takes some
    /// milliseconds.
    static func trim() {
        guard isOurs, let symbol = dlsym(nil, "malloc_trim") else { return }
        let trim = unsafeBitCast(symbol, to: (@convention(c) (Int) -> CInt).self)
        _ = trim(0)
    }
}

/// Trims the allocator's arenas once a minute, so that what a crowd of clients needed for a moment does not stay for ever.
struct ArenaTrimming: Service {
    private static let interval = Duration.seconds(60)

    func run() async {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { AllocatorArenas.trim() }
        }
    }
}
