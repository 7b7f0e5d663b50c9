import Foundation

/// The C library's memory allocator.
enum AllocatorArenas {
    /// `M_ARENA_MAX` of glibc's `malloc.h`.
    private static let maximumOption: CInt = -8

    /// Lets threads share arenas, one for each core and two at least.
    ///
    /// glibc would make eight for each core, and what one thread has freed in its arena another cannot use: a server whose
    /// connections come and go on many threads then grows for hours without a leak. Whoever sets `MALLOC_ARENA_MAX` or
    /// `GLIBC_TUNABLES` decides otherwise; where the C library has no `mallopt` nothing happens.
    static func limit() {
        let environment = ProcessInfo.processInfo.environment
        guard environment["MALLOC_ARENA_MAX"] == nil, environment["GLIBC_TUNABLES"] == nil,
            let symbol = dlsym(nil, "mallopt")
        else { return }
        let mallopt = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
        _ = mallopt(maximumOption, CInt(max(2, ProcessInfo.processInfo.activeProcessorCount)))
    }
}
