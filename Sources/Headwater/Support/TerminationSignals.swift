import Logging
import ServiceLifecycle
import UnixSignals

/// SIGTERM and SIGINT as a server takes them: the first has it stop in order, a second one at once. They are caught from
/// the moment that this is made.
struct TerminationSignals {
    private let signals: UnixSignalsSequence

    init() async { signals = await UnixSignalsSequence(trapping: .sigterm, .sigint) }

    /// Runs services until a signal comes, or one of them fails.
    func run(_ services: [any Service], logger: Logger) async throws {
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
        try await withThrowingTaskGroup(of: Ending.self) { tasks in
            tasks.addTask {
                try await group.run()
                return .orderly
            }
            tasks.addTask { [signals] in
                var received = signals.makeAsyncIterator()
                guard await received.next() != nil else { return .orderly }
                await group.triggerGracefulShutdown()
                return await received.next() == nil ? .orderly : .hurried
            }
            let ending = try await tasks.next()
            tasks.cancelAll()
            // What is cancelled half-way may say so.
            if ending == .hurried { while let result = await tasks.nextResult() { _ = result } }
        }
    }

    private enum Ending {
        case orderly
        case hurried
    }
}
