import Foundation

/// What this process has used of the machine.
package struct ProcessUsage: Sendable, Hashable, Codable {
    /// Time on processors, in seconds.
    package var cpuSeconds: Double
    /// The most memory that was resident at any time, in bytes.
    package var peakMemory: Int

    /// Since the process began.
    static var now: ProcessUsage {
        var usage = rusage()
        // ru_maxrss counts KiB on Linux, bytes elsewhere.
        #if os(Linux)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            let memoryUnit = 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            let memoryUnit = 1
        #endif
        let seconds = [usage.ru_utime, usage.ru_stime].reduce(0.0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
        return ProcessUsage(cpuSeconds: seconds, peakMemory: Int(usage.ru_maxrss) * memoryUnit)
    }

    /// The processor time from `earlier` until now, and the memory in all.
    func since(_ earlier: ProcessUsage) -> ProcessUsage {
        ProcessUsage(cpuSeconds: cpuSeconds - earlier.cpuSeconds, peakMemory: peakMemory)
    }
}
