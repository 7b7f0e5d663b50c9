package import NIOCore
import NIOPosix

/// The bottleneck: paces the bytes of all connections of one or several ``ShapingLink``s by one bandwidth profile.
///
/// A client that reaches several servers over one access link is several links that share a pacer. The profile's clock
/// starts with the first connection. Everything happens on one event loop.
package final class LinkPacer: Sendable {
    /// What is emulated.
    package let profile: BandwidthProfile
    /// Bytes that may wait in a direction of a connection before reading stops; one more read may be on top. As little
    /// as possible, so that a server does not send far ahead of its client, but 50 ms of the highest bandwidth, so that
    /// the link does not run dry when the system is busy; 64 KiB to 1 MiB. With more than 16 clients each has a share of
    /// what 16 have, from 16 KiB on, so that a thousand do not fill the memory.
    let highWaterMark: Int
    let eventLoop: any EventLoop
    private let state: NIOLoopBoundBox<State>

    private struct State {
        var queue: PacingQueue
        var flows: [Int: LinkConnection] = [:]
        var nextFlow = 0
        /// When the profile began.
        var beginning: NIODeadline?
        var timer: (task: Scheduled<Void>, time: Double)?
    }

    /// A pacer whose clock has not started yet.
    ///
    /// - Parameters:
    ///   - profile: the link's bandwidth and latency.
    ///   - clients: that share the link, about; at least 1.
    ///   - group: whose event loop it runs on; nil for the process's common one.
    package init(profile: BandwidthProfile, clients: Int = 1, group: (any EventLoopGroup)? = nil) {
        self.profile = profile
        let mark = min(max(65_536, profile.bandwidthRange.upperBound * 0.05 / 8), 1_048_576)
        highWaterMark = Int(clients <= 16 ? mark : max(mark * 16 / Double(clients), 16_384))
        eventLoop = (group ?? MultiThreadedEventLoopGroup.singleton).next()
        state = .makeBoxSendingValue(
            State(queue: PacingQueue(profile: profile)), as: State.self, eventLoop: eventLoop)
    }

    /// Starts the profile's clock now, unless it runs.
    package func begin() async { _ = try? await eventLoop.submit { self.now }.get() }

    // Everything below is called on the event loop.

    /// Seconds since the profile began; the first call starts it.
    var now: Double {
        let now = NIODeadline.now()
        let beginning = state.value.beginning ?? now
        state.value.beginning = beginning
        return Double((now - beginning).nanoseconds) / 1e9
    }

    /// The clock's time at which ``now`` will be at least `time`.
    func deadline(_ time: Double) -> NIODeadline {
        (state.value.beginning ?? .now()) + .nanoseconds(Int64((min(time, 1e9) * 1e9).rounded(.up)))
    }

    /// Adds a flow, whose chunks are handed to `connection` as they depart.
    func register(_ connection: LinkConnection) -> Int {
        let flow = state.value.nextFlow
        state.value.nextFlow += 1
        state.value.flows[flow] = connection
        return flow
    }

    /// Drops a flow and what waits on it.
    func unregister(_ flow: Int) {
        state.value.flows[flow] = nil
        state.value.queue.remove(flow, at: now)
        arm()
    }

    /// Paces `count` more bytes of a flow.
    func add(_ count: Int, to flow: Int) {
        state.value.queue.add(count, to: flow, at: now)
        arm()
    }

    /// Lets a flow whose client does not read leave its turns to others.
    func setBlocked(_ isBlocked: Bool, for flow: Int) {
        state.value.queue.setBlocked(isBlocked, for: flow, at: now)
        arm()
    }

    private func deliver() {
        state.value.timer = nil
        while let chunk = state.value.queue.popDeparted(at: now) {
            state.value.flows[chunk.flow]?.deliver(chunk.size)
        }
        arm()
    }

    /// Sets the timer to the next departure.
    private func arm() {
        let next = state.value.queue.nextDeparture
        if let timer = state.value.timer {
            if timer.time == next { return }
            timer.task.cancel()
            state.value.timer = nil
        }
        guard let next else { return }
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline(next)) { self.deliver() }
        state.value.timer = (task, next)
    }
}
