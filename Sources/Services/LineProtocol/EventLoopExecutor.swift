internal import NIOCore

/// Runs a connection's task on the connection's own event loop, so that what happens between two reads needs no other
/// thread. What blocks, or computes for long, belongs elsewhere all the more.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
