package import DNS
internal import LineProtocol
package import Logging
internal import Metrics
package import NIOCore
internal import NameServer
internal import Synchronization

/// A resolver's engine with sockets: finds answers by asking servers over UDP and TCP.
package final class Resolver: Sendable {
    private struct State {
        var engine: ResolverEngine
        /// Who waits for an answer.
        var waiting: [Int: CheckedContinuation<Resolution, Never>] = [:]
    }

    private let state: Mutex<State>
    private let group: any EventLoopGroup
    private let exchange: DNSExchange
    private let logger: Logger
    private let metrics: ResolverMetrics

    /// - Parameters:
    ///   - configuration: of the engine.
    ///   - group: where sockets live.
    ///   - logger: told what servers do wrong, when it wants to know that much.
    ///   - metrics: what is counted.
    package init(
        configuration: ResolverConfiguration, group: any EventLoopGroup, logger: Logger,
        metrics: ResolverMetrics = ResolverMetrics()
    ) {
        state = Mutex(State(engine: ResolverEngine(configuration: configuration)))
        self.group = group
        self.logger = logger
        self.metrics = metrics
        exchange = DNSExchange(group: group)
    }

    /// The answer, if the cache has it.
    ///
    /// - Parameters:
    ///   - question: of the Internet's class.
    ///   - subnet: where the client is.
    package func remembered(_ question: DNSMessage.Question, subnet: ClientSubnet? = nil) -> Resolution? {
        let found = state.withLock { $0.engine.remembered(question, subnet: subnet, now: .now) }
        guard let (resolution, commands) = found else { return nil }
        metrics.hits.increment()
        perform(commands)
        return resolution
    }

    /// Finds the answer, or why there is none, in the time that the configuration allows.
    ///
    /// - Parameters:
    ///   - question: of the Internet's class.
    ///   - subnet: where the client is.
    ///   - isTraced: whether the answer is to come with all steps.
    package func resolve(
        _ question: DNSMessage.Question, subnet: ClientSubnet? = nil, isTraced: Bool = false
    ) async -> Resolution {
        let resolution = await withCheckedContinuation { (continuation: CheckedContinuation<Resolution, Never>) in
            let commands = state.withLock { state in
                let (request, commands) = state.engine.resolve(
                    question, subnet: subnet, isTraced: isTraced, now: .now)
                state.waiting[request] = continuation
                return commands
            }
            perform(commands)
        }
        metrics.note(resolution)
        if let failure = resolution.failure {
            logger.debug("no answer", metadata: ["question": "\(question)", "reason": "\(failure)"])
        }
        return resolution
    }

    private func perform(_ commands: [ResolverEngine.Command]) {
        for command in commands {
            switch command {
            case .finish(let request, let resolution):
                state.withLock { $0.waiting.removeValue(forKey: request) }?.resume(returning: resolution)
            case .wake(let request, let time):
                let delay = max(.zero, time - .now)
                group.next().scheduleTask(in: TimeAmount(delay)) {
                    self.perform(self.state.withLock { $0.engine.wake(request, now: .now) })
                }
            case .ask(let query): Task { await ask(query) }
            }
        }
    }

    private func ask(_ query: ResolverEngine.Query) async {
        metrics.queries.increment()
        let server = Endpoint(host: "\(query.server.address)", port: Int(query.server.port))
        let outcome: ResolverEngine.Outcome
        do {
            outcome = .answer(
                try await exchange.ask(
                    query.message, of: server, over: query.isTCP ? .tcp : .udp, timeout: TimeAmount(query.timeout)))
        } catch let error as DNSExchangeError {
            logger.debug("\(error)")
            switch error.code {
            case .timedOut: outcome = .timedOut
            case .unreachable, .closed: outcome = .unreachable
            case .suspicious, .malformed: outcome = .suspicious
            }
            if case .timedOut = outcome { metrics.timeouts.increment() }
        } catch {
            outcome = .unreachable
        }
        perform(state.withLock { $0.engine.handle(query.id, outcome, now: .now) })
    }
}
