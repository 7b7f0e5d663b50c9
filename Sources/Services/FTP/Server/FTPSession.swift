internal import Foundation
internal import LineProtocol
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Runs an ``FTPEngine`` for one connection: does what it asks for, and tells it what came of that.
struct FTPSession {
    /// What the session's tasks bring.
    private enum Event: Sendable {
        case control(ControlReader.Event, ControlReader)
        case opened(Result<OpenTransfer, TransferFailure>)
        /// All of an upload is here, and waits to be shown under its name.
        case received(any FileUpload)
        case ended(FTPTransferResult)
        /// The time is over that transfers have when the server is about to stop.
        case drained
    }

    private let server: FTPServer
    private let connection: LineConnection
    private let peer: Endpoint
    private let local: Endpoint
    private var engine: FTPEngine
    private var reader: ControlReader
    private var files: (any FileSystem)?
    private var listener: PeerListener?
    private var transfer: TransferControl?
    /// Octets that the upload under way is to have, if the client told.
    private var announcedSize: Int64?
    private var isReading = false
    private var isClosed = false
    private var isStopping = false
    private let clock = ContinuousClock()

    init(_ server: FTPServer, _ connection: LineConnection, peer: Endpoint, local: Endpoint) {
        self.server = server
        self.connection = connection
        self.peer = peer
        self.local = local
        engine = FTPEngine(
            configuration: server.configuration.engine, peer: peer, local: local, isSecure: connection.isSecure,
            now: clock.now)
        reader = ControlReader(connection)
    }

    mutating func run() async throws {
        var session = self
        try await withThrowingTaskGroup(of: Event.self) { tasks in
            do {
                try await session.converse(&tasks)
            } catch {
                await session.abandon(&tasks)
                throw error
            }
            await session.abandon(&tasks)
        }
        self = session
    }

    /// A transfer does not outlive its control connection.
    private func abandon(_ tasks: inout ThrowingTaskGroup<Event, any Error>) async {
        tasks.cancelAll()
        transfer?.abort(isWanted: false)
        listener?.close()
        while let result = await tasks.nextResult() {
            if case .success(.received(let upload)) = result { await giveUp(upload) }
        }
    }

    private func giveUp(_ upload: any FileUpload) async {
        let keeps = transfer?.keepsUpload ?? false
        await blocking { keeps ? upload.leave() : upload.cancel() }
    }

    /// Handles what comes until the connection is to be closed.
    private mutating func converse(_ tasks: inout ThrowingTaskGroup<Event, any Error>) async throws {
        try await perform(engine.greeting(), &tasks)
        while !isClosed {
            if !isReading, engine.acceptsLines {
                isReading = true
                let limit = engine.patience(now: clock.now)
                let untilShutdown = !isStopping
                tasks.addTask { [reader] in
                    var reader = reader
                    let event = await reader.next(within: TimeAmount(limit), untilShutdown: untilShutdown)
                    return .control(event, reader)
                }
            }
            guard let event = try await tasks.next() else { break }
            try await perform(try await handle(event, &tasks), &tasks)
        }
    }

    private mutating func handle(
        _ event: Event, _ tasks: inout ThrowingTaskGroup<Event, any Error>
    ) async throws -> [FTPEngine.Action] {
        switch event {
        case .control(let event, let reader):
            self.reader = reader
            engine.transferredBytes = transfer?.bytes ?? 0
            isReading = false
            switch event {
            case .line(let line): return engine.receive(line, now: clock.now)
            case .fault(let fault): return engine.receive(fault, now: clock.now)
            case .silent: return engine.idled(now: clock.now)
            case .stopping:
                isStopping = true
                if engine.isTransferring {
                    tasks.addTask { [drain = server.configuration.drainTime] in
                        try await Task.sleep(for: .nanoseconds(drain.nanoseconds))
                        return .drained
                    }
                }
                return engine.stop()
            case .ended:
                isClosed = true
                return []
            }
        case .opened(.failure(let failure)): return transferEnded(failure.result)
        case .opened(.success(let open)):
            let actions = engine.transferBegan(of: open.chosenName)
            try await perform(actions, &tasks)
            tasks.addTask(executorPreference: open.connection.executor) { [stall = server.configuration.stallTime] in
                switch await open.run(stall: stall) {
                case .ended(let result): .ended(result)
                case .received(let upload): .received(upload)
                }
            }
            return []
        case .drained:
            transfer?.abort(isWanted: false)
            return []
        case .received(let upload):
            // When a client's process dies, all of its connections end, and the data connection's end looks like that of
            // a whole file. The end of the control connection tells, which may come a little later.
            let hasLeft = await connection.peerHasLeft(
                after: announcedSize == nil ? server.configuration.farewellRoundTrips : 0)
            guard !hasLeft, transfer?.isAborted != true, let user = engine.user else {
                await giveUp(upload)
                return transferEnded(.aborted)
            }
            tasks.addTask { [server] in .ended(await Self.finish(upload, by: user, server)) }
            return []
        case .ended(let result): return transferEnded(result)
        }
    }

    private mutating func transferEnded(_ result: FTPTransferResult) -> [FTPEngine.Action] {
        transfer = nil
        var actions = engine.transferEnded(result, now: clock.now)
        if isStopping { actions += engine.stop() }
        return actions
    }

    private static func finish(
        _ upload: any FileUpload, by user: FTPUser, _ server: FTPServer
    ) async -> FTPTransferResult {
        do {
            let finished = try await blocking { try upload.finish() }
            return .complete(await server.uploaded(finished, user))
        } catch {
            return .failed(error as? FileError ?? .system(0))
        }
    }

    private mutating func perform(
        _ actions: [FTPEngine.Action], _ tasks: inout ThrowingTaskGroup<Event, any Error>
    ) async throws {
        var queue = actions[...]
        while let action = queue.popFirst() {
            switch action {
            case .reply(let reply): try await connection.write(reply.text)
            case .startTLS:
                // What is being read now would be plaintext that takes effect later. The engine begins TLS only in answer to
                // a line, when nothing is.
                guard !isReading else {
                    isClosed = true
                    return
                }
                try await reader.startTLS()
                engine.secured()
            case .close: isClosed = true
            case .logIn(let user, let password): queue += try await logIn(user, password)
            case .listen: queue += await listen()
            case .dropData:
                listener?.close()
                listener = nil
            case .ask(let request): queue += await ask(request)
            case .transfer(let transfer): begin(transfer, &tasks)
            case .abortTransfer: transfer?.abort(isWanted: true)
            case .site(let command, let argument):
                guard let user = engine.user else { continue }
                queue += engine.siteReplied(await server.site(command, argument, user))
            }
        }
    }

    private mutating func logIn(_ name: String, _ password: String) async throws -> [FTPEngine.Action] {
        do {
            guard let (user, files) = try await server.logIn(name, password) else {
                server.configuration.logger.notice(
                    "a log-in failed", metadata: ["from": "\(peer.host)", "user": "\(name)"])
                try await server.configuration.failures.ponder(peer)
                return engine.loggedIn(nil)
            }
            self.files = files
            return engine.loggedIn(user)
        } catch {
            server.configuration.logger.error("a log-in cannot be checked", metadata: ["error": "\(error)"])
            return engine.logInFailed()
        }
    }

    private mutating func listen() async -> [FTPEngine.Action] {
        listener?.close()
        listener = try? await PeerListener.bind(
            host: local.host, ports: server.configuration.passivePorts, from: peer.host,
            identity: server.configuration.identity, readSize: OpenTransfer.pieceSize,
            writeTime: server.configuration.stallTime)
        guard let listener else { return engine.listening(on: nil) }
        let host = local.isIPv6 ? listener.address.host : server.configuration.passiveAddress ?? listener.address.host
        return engine.listening(on: Endpoint(host: host, port: listener.address.port))
    }

    private mutating func ask(_ request: FTPFileRequest) async -> [FTPEngine.Action] {
        guard let files else { return engine.answered(.failed(.notPermitted)) }
        do {
            return engine.answered(try await blocking { try files.answer(request) })
        } catch {
            return engine.answered(.failed(error as? FileError ?? .system(0)))
        }
    }

    private mutating func begin(_ transfer: FTPTransfer, _ tasks: inout ThrowingTaskGroup<Event, any Error>) {
        // Octets of text cannot be counted.
        let control = TransferControl(keepsUpload: !transfer.isASCII)
        self.transfer = control
        announcedSize = transfer.size
        guard let files, let user = engine.user else { return }
        let listener = listener
        // A listener serves one transfer.
        self.listener = nil
        let opener = TransferOpener(
            transfer: transfer, files: files, user: user, listener: listener, source: local.host,
            configuration: server.configuration, control: control)
        tasks.addTask {
            do throws(TransferFailure) {
                return .opened(.success(try await opener.open()))
            } catch {
                return .opened(.failure(error))
            }
        }
    }
}

/// For what blocks: enough that an upload which waits for the disk holds up no other transfer.
private let blockingThreads: NIOThreadPool = {
    let threads = NIOThreadPool(numberOfThreads: 16)
    threads.start()
    return threads
}()

/// Runs what blocks on a thread that may.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await blockingThreads.runIfActive(body)
}

/// As above, for what does not fail and cannot be cancelled.
func blocking(_ body: @escaping @Sendable () -> Void) async {
    // Of its own: what puts things in order is to be done also, and above all, when the session's task is cancelled.
    _ = try? await Task { try await blockingThreads.runIfActive { body() } }.value
}

extension FileSystem {
    /// Does what is asked outside of transfers.
    func answer(_ request: FTPFileRequest) throws(FileError) -> FTPFileAnswer {
        switch request {
        case .status(let path): return .status(try status(of: path))
        case .size(let path):
            do throws(FileError) {
                return .status(try status(of: path))
            } catch {
                guard error == .notFound, let size = try brokenUpload(of: path) else { throw error }
                return .status(FileStatus(isDirectory: false, size: size, modified: Date(), unique: nil))
            }
        case .makeDirectory(let path): try makeDirectory(path)
        case .removeDirectory(let path): try removeDirectory(path)
        case .removeFile(let path): try removeFile(path)
        case .rename(let path, let new): try rename(path, to: new)
        case .setModified(let path, let date): try setModified(path, date)
        case .listing(let path):
            let status = try status(of: path)
            guard status.isDirectory else {
                return .listing([FileEntry(name: path.name ?? "/", status: status)], isWhole: true)
            }
            // On the control connection: what a person looks at, not a whole archive.
            let reader = try entries(of: path)
            let entries = try reader.next()
            return .listing(entries, isWhole: try reader.next().isEmpty)
        }
        return .done
    }
}
