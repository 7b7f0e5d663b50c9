internal import CLinkLayer
internal import Foundation
internal import Synchronization

/// Waits for sockets that NIO does not know, on a thread of its own. What it calls must not wait for anything.
package final class LinkLoop: Sendable {
    /// Names a timer.
    package struct Timer: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    private struct State {
        var isStopped = false
        var hasEnded = false
        var readers: [CInt: @Sendable () -> Void] = [:]
        /// To be closed by the thread, which may be waiting for them.
        var closing: [CInt] = []
        var work: [@Sendable () -> Void] = []
        var timers: [Timer: (instant: ContinuousClock.Instant, action: @Sendable () -> Void)] = [:]
        var lastTimer: UInt64 = 0
    }

    private let state = Mutex(State())
    /// Written to when the thread has to look up from its wait.
    private let bell: CInt

    /// - Throws: ``LinkError`` when the system has no descriptor left.
    package init() throws(LinkError) {
        bell = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard bell >= 0 else { throw LinkError(errno, "wait for sockets") }
        let thread = Thread { [self] in run() }
        thread.name = "link"
        thread.start()
    }

    deinit { close(bell) }

    /// Ends the thread, closes all sockets and forgets all timers.
    package func stop() {
        state.withLock { $0.isStopped = true }
        ring()
    }

    /// Calls `action` on the thread soon.
    package func execute(_ action: @escaping @Sendable () -> Void) {
        state.withLock { if !$0.isStopped { $0.work.append(action) } }
        ring()
    }

    /// Calls `action` on the thread as soon as `instant` has come.
    @discardableResult
    package func schedule(at instant: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) -> Timer {
        let timer = state.withLock { state in
            state.lastTimer += 1
            let timer = Timer(number: state.lastTimer)
            if !state.isStopped { state.timers[timer] = (instant, action) }
            return timer
        }
        ring()
        return timer
    }

    /// Forgets an action that has not begun; otherwise does nothing.
    package func cancel(_ timer: Timer) { state.withLock { _ = $0.timers.removeValue(forKey: timer) } }

    /// Calls `reader` on the thread whenever `descriptor` has something to read; the descriptor is the loop's from now on.
    func add(_ descriptor: CInt, _ reader: @escaping @Sendable () -> Void) {
        let isAdded = state.withLock { state in
            if !state.hasEnded { state.readers[descriptor] = reader }
            return !state.hasEnded
        }
        if isAdded { ring() } else { close(descriptor) }
    }

    /// Closes a descriptor that was added.
    func remove(_ descriptor: CInt) {
        state.withLock { state in
            if state.readers.removeValue(forKey: descriptor) != nil { state.closing.append(descriptor) }
        }
        ring()
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, MemoryLayout<UInt64>.size)
    }

    private func run() {
        while true {
            let (isStopped, closing, work, descriptors, deadline) = state.withLock { state in
                defer { (state.closing, state.work) = ([], []) }
                return (
                    state.isStopped, state.closing, state.work, Array(state.readers.keys),
                    state.work.isEmpty ? state.timers.values.map(\.instant).min() : .now
                )
            }
            for descriptor in closing { close(descriptor) }
            if isStopped { break }
            for action in work { action() }
            wait(for: descriptors, until: deadline)
        }
        let left = state.withLock { state in
            defer { (state.readers, state.timers, state.work, state.closing) = ([:], [:], [], []) }
            state.hasEnded = true
            return Array(state.readers.keys) + state.closing
        }
        for descriptor in left { close(descriptor) }
    }

    private func wait(for descriptors: [CInt], until deadline: ContinuousClock.Instant?) {
        var entries = ([bell] + descriptors).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var patience: CInt = -1
        if let deadline {
            // Rounded up: a timer never comes early.
            let left = (deadline - .now) / .milliseconds(1)
            patience = CInt(max(0, min(3_600_000, left.rounded(.up))))
        }
        guard poll(&entries, nfds_t(entries.count), patience) >= 0 else { return }
        if entries[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(bell, &count, MemoryLayout<UInt64>.size)
        }
        for entry in entries.dropFirst() where entry.revents != 0 {
            // What was called before may have removed it.
            state.withLock { $0.readers[entry.fd] }?()
        }
        let now = ContinuousClock.now
        let due = state.withLock { state in
            let due = state.timers.filter { $0.value.instant <= now }
            for timer in due.keys { state.timers[timer] = nil }
            return due.values.sorted { $0.instant < $1.instant }
        }
        for timer in due { timer.action() }
    }
}
