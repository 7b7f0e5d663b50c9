internal import Foundation
internal import LineProtocol
package import Logging
internal import Mail
package import NIOCore
package import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// Keeps what this host is responsible for, and delivers it: into mailboxes here, and to other hosts.
///
/// Run it as a service. At a graceful shutdown it starts nothing more, waits ten seconds for what is under way and
/// breaks off the rest, which is tried again when the queue runs the next time.
package final class MailQueue: Service {
    /// Who this host is, and how much mail it keeps for how long.
    package struct Configuration: Sendable {
        /// This host's name, for `EHLO` and reports.
        package var hostname: String
        /// In lower case.
        package var localDomains: Set<String>
        package var policy = RetryPolicy()
        /// Octets of messages that wait, above which no more are taken.
        package var maximumOctets = 4 << 30
        /// Octets that the disk must have left for a message to be taken.
        package var minimumFree = 256 << 20
        /// Octets of a message that a report brings back whole.
        package var returnedContent = 1 << 20
        package var logger: Logger

        package init(hostname: String, localDomains: Set<String>, logger: Logger) {
            self.hostname = hostname
            self.localDomains = localDomains
            self.logger = logger
        }
    }

    let configuration: Configuration
    let folder: QueueFolder
    let threads: NIOThreadPool
    let group: any EventLoopGroup
    let mailboxes: any LocalMailboxes
    private let exchangers: any MailExchangers
    private let schedule: Mutex<DeliverySchedule>
    private let lock: FileHandle
    /// Messages that another process has left.
    private let inherited: Set<String>
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let isStopping = Atomic(false)
    /// What the disk had left when it was last asked.
    let room = Mutex<(octets: Int, asked: ContinuousClock.Instant)?>(nil)

    /// Takes the queue over, with all that waits in it.
    ///
    /// - Parameters:
    ///   - configuration: names, and when to try again.
    ///   - folder: where messages are.
    ///   - mailboxes: get what is for local domains.
    ///   - exchangers: know the hosts of other domains.
    ///   - threads: started; files are read and written there.
    ///   - group: where connections live.
    /// - Throws: ``QueueError``; `.locked` when another process has it.
    package init(
        configuration: Configuration, folder: QueueFolder, mailboxes: any LocalMailboxes,
        exchangers: any MailExchangers, threads: NIOThreadPool,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(QueueError) {
        self.configuration = configuration
        self.folder = folder
        self.mailboxes = mailboxes
        self.exchangers = exchangers
        self.threads = threads
        self.group = group
        guard let lock = try folder.lock() else {
            throw QueueError(.locked, "another process delivers the queue in \(folder.path)")
        }
        self.lock = lock
        try folder.tidy()
        var schedule = DeliverySchedule(policy: configuration.policy, localDomains: configuration.localDomains)
        let (messages, problems) = try folder.messages()
        for problem in problems { configuration.logger.error("\(problem)") }
        for message in messages {
            // Killed between the last delivery and the message's removal.
            if message.isFinished { try folder.save(message.id) { nil } } else { schedule.insert(message) }
        }
        self.schedule = Mutex(schedule)
        inherited = Set(messages.map(\.id))
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Messages that wait.
    package var count: Int { schedule.withLock { $0.count } }

    /// Takes a message that is durable.
    func insert(_ message: QueuedMessage) {
        schedule.withLock { $0.insert(message) }
        wake.yield()
    }

    /// Octets of messages that wait.
    var octets: Int { schedule.withLock { $0.octets } }

    // MARK: What goes

    package func run() async throws {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await self.watch() }
            tasks.addTask {
                try? await gracefulShutdown()
                self.isStopping.store(true, ordering: .releasing)
                self.wake.finish()
            }
            wake.yield()
            await withDiscardingTaskGroup { deliveries in
                for await _ in wakes {
                    while let delivery = next(schedule: { $0.start(now: Date()) }) {
                        deliveries.addTask { await self.deliver(delivery) }
                    }
                }
                for _ in 0..<100 where schedule.withLock({ $0.active > 0 }) {
                    try? await Task.sleep(for: .milliseconds(100))
                }
                deliveries.cancelAll()
            }
            tasks.cancelAll()
        }
        // The lock goes with the queue.
        try? lock.close()
    }

    private func next(
        schedule take: (inout DeliverySchedule) -> DeliverySchedule.Delivery?
    ) -> DeliverySchedule.Delivery? {
        isStopping.load(ordering: .acquiring) || Task.isCancelled ? nil : schedule.withLock { take(&$0) }
    }

    /// Looks each second what has become due, and what operators want.
    private func watch() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            for (request, id) in (try? await threads.runIfActive { [folder] in folder.requests() }) ?? [] {
                await answer(request, id)
            }
            wake.yield()
        }
    }

    private func answer(_ request: QueueFolder.Request, _ id: String) async {
        let answer = schedule.withLock { schedule in
            switch request {
            case .retry: schedule.retry(id, now: Date())
            case .drop: schedule.drop(id)
            }
        }
        guard answer != .underWay else { return }
        if answer == .done { await save(id) }
        _ = try? await threads.runIfActive { [folder] in folder.settle(request, id) }
        configuration.logger.notice(
            answer == .done ? "a request is fulfilled" : "a request came too late",
            metadata: ["request": "\(request.rawValue)", "message": "\(id)"])
    }

    /// Delivers, and then what else is due for the same destination, over the same connection.
    private func deliver(_ first: DeliverySchedule.Delivery) async {
        switch first.destination {
        case .local: await deliverLocally(first)
        case .domain(let domain): await relay(first, to: domain)
        }
        schedule.withLock { $0.stop(first.destination) }
        wake.yield()
    }

    private func deliverLocally(_ first: DeliverySchedule.Delivery) async {
        var delivery = first
        while true {
            var outcomes: [RecipientOutcome] = []
            for index in delivery.recipients {
                let recipient = delivery.message.recipients[index]
                let address = recipient.recipient.address
                let header = Self.header(of: delivery.message.envelope, for: address)
                // An attempt that failed may have come far enough, as may one of a process that was killed.
                let name = Self.name(
                    delivery.message.id, index,
                    mayBeThere: recipient.attempts > 0 || inherited.contains(delivery.message.id))
                let source = QueuedText(
                    path: folder.file(delivery.message.id), size: delivery.message.size, threads: threads)
                outcomes.append(await mailboxes.deliver(source, header: header, to: address, as: name))
            }
            await conclude(delivery, outcomes, host: configuration.hostname, passesReports: false)
            guard let next = next(schedule: { $0.take(.local, now: Date()) }) else { return }
            delivery = next
        }
    }

    private func relay(_ first: DeliverySchedule.Delivery, to domain: String) async {
        var client: SMTPClient
        do {
            client = try await connect(to: domain)
        } catch {
            let reply =
                (error as? MailExchangerError)?.reply ?? (error as? SMTPClientFailure)?.reply
                ?? SMTPReply(451, "4.4.1", "no host of the domain can be reached")
            if reply.isTransient { schedule.withLock { $0.unreachable(first.destination, now: Date()) } }
            let outcome = RecipientOutcome(refused: reply)
            // What else is due there shares the fate: if each message waited for a failure of its own, while the domain is
            // left alone for longer each time, some would never come to the end of their lifetime.
            var delivery: DeliverySchedule.Delivery? = first
            while let current = delivery {
                await conclude(current, current.recipients.map { _ in outcome }, host: domain, passesReports: false)
                delivery = next { $0.take(first.destination, now: Date()) }
            }
            return
        }
        var delivery = first
        while true {
            let source = QueuedText(
                path: folder.file(delivery.message.id), size: delivery.message.size, threads: threads)
            let outcomes = await client.send(delivery.envelope, source)
            await conclude(delivery, outcomes, host: client.host, passesReports: client.offersReports)
            guard client.failure == nil, let next = next(schedule: { $0.take(delivery.destination, now: Date()) })
            else { break }
            delivery = next
        }
        await client.quit()
    }

    /// Connects to the first host of a domain that listens and lets us in (RFC 5321 §5.1).
    private func connect(to domain: String) async throws -> SMTPClient {
        var failure: (any Error)?
        let places = try await exchangers.hosts(for: domain).flatMap { host in
            host.addresses?.map { (host, $0 as String?) } ?? [(host, nil)]
        }
        for (host, address) in places.prefix(10) {
            do {
                return try await SMTPClient(
                    host: host.name, port: host.port, address: address, trust: .anybody,
                    options: SMTPClientEngine.Options(hostname: configuration.hostname), group: group)
            } catch {
                configuration.logger.info(
                    "a host cannot be reached",
                    metadata: ["domain": "\(domain)", "host": "\(host.name):\(host.port)", "error": "\(error)"])
                // One that may let us in later is worth more than one that never will.
                if (failure as? SMTPClientFailure)?.reply.isTransient != true { failure = error }
            }
        }
        throw failure ?? MailExchangerError.unavailable
    }

    private func conclude(
        _ delivery: DeliverySchedule.Delivery, _ outcomes: [RecipientOutcome], host: String, passesReports: Bool
    ) async {
        for (index, outcome) in zip(delivery.recipients, outcomes) {
            let (word, reply) =
                switch outcome {
                case .delivered(let reply): ("delivered", reply)
                case .later(let reply): ("try later", reply)
                case .failed(let reply): ("failed", reply)
                }
            log(word, delivery.message.id, delivery.message.recipients[index].recipient.address, host: host, reply)
        }
        let reports = schedule.withLock {
            $0.finish(delivery, outcomes, passesReports: passesReports, now: Date())
        }
        do {
            for report in reports { try await send(report) }
        } catch {
            // What is on disk still says that the message waits: the next run of the queue finds out again.
            configuration.logger.error("a report cannot be written", metadata: ["error": "\(error)"])
            return
        }
        await save(delivery.message.id)
    }

    func log(_ word: String, _ id: String, _ recipient: MailAddress, host: String, _ reply: SMTPReply) {
        configuration.logger.info(
            "\(word)",
            metadata: ["message": "\(id)", "host": "\(host)", "reply": "\(reply)", "recipient": "\(recipient)"])
    }

    private func save(_ id: String) async {
        do {
            try await threads.runIfActive { [folder, self] in
                try folder.save(id) { self.schedule.withLock { $0.message(id) } }
            }
        } catch {
            configuration.logger.error("\(error)", metadata: ["message": "\(id)"])
        }
    }

    /// Queues a report; from nobody, so that it never causes another.
    private func send(_ report: DeliverySchedule.Report) async throws {
        guard let sender = report.message.envelope.sender else { return }
        let message = report.message
        let returnsContent =
            report.kind == .failed && message.envelope.returnsContent == true
            && message.size <= configuration.returnedContent
        let original = try await original(message, headerOnly: !returnsContent)
        let text = DeliveryReport(
            hostname: configuration.hostname, report: report, now: Date(), lifetime: configuration.policy.lifetime
        ).message(original: original, isWhole: returnsContent)
        var envelope = Envelope(sender: nil, recipients: [EnvelopeRecipient(sender, notify: .never)])
        envelope.isEightBit = !text.allSatisfy { $0 < 0x80 }
        envelope.isInternational = sender.isInternationalised
        // Whatever room there is: a report that is lost is lost for ever.
        var incoming = Incoming(self)
        do {
            try await incoming.write(ByteBuffer(bytes: text))
            try await incoming.commit(envelope)
        } catch {
            await incoming.discard()
            throw error
        }
    }

    /// A message, or its header up to 64 KiB.
    private func original(_ message: QueuedMessage, headerOnly: Bool) async throws -> [UInt8] {
        let length = headerOnly ? min(message.size, 64 << 10) : message.size
        let source = QueuedText(path: folder.file(message.id), size: length, threads: threads)
        var text: [UInt8] = []
        while text.count < length {
            let piece = try await source.read(at: text.count)
            guard piece.readableBytes > 0 else { break }
            text += piece.readableBytesView
        }
        guard headerOnly, let end = text.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) else { return text }
        return Array(text[..<(end.lowerBound + 2)])
    }
}

/// A message in a file of the queue.
struct QueuedText: MessageSource {
    let path: String
    let size: Int
    let threads: NIOThreadPool
    private static let pieceSize = 128 << 10

    func read(at offset: Int) async throws -> ByteBuffer {
        try await threads.runIfActive {
            guard let file = FileHandle(forReadingAtPath: path) else { return ByteBuffer() }
            defer { try? file.close() }
            try file.seek(toOffset: UInt64(offset))
            return ByteBuffer(bytes: try file.read(upToCount: min(Self.pieceSize, size - offset)) ?? Data())
        }
    }
}
