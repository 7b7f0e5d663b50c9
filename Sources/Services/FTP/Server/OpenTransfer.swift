internal import Foundation
internal import LineProtocol
internal import NIOCore
internal import Synchronization

/// How a transfer is ended from outside, and how far it has come.
final class TransferControl: Sendable {
    private struct State {
        var isAborted = false
        var connection: LineConnection?
        var listener: PeerListener?
    }

    private let state = Mutex(State())
    private let count = Atomic<Int64>(0)

    /// Octets of the file that have been moved.
    var bytes: Int64 { count.load(ordering: .relaxed) }
    var isAborted: Bool { state.withLock(\.isAborted) }

    func moved(_ bytes: Int) { count.add(Int64(bytes), ordering: .relaxed) }

    /// Names what is to be closed at an end from outside; closes it if that has come.
    func set(listener: PeerListener?, connection: LineConnection?) {
        let isAborted = state.withLock { state in
            (state.listener, state.connection) = (listener, connection)
            return state.isAborted
        }
        if isAborted { abort() }
    }

    func abort() {
        let (listener, connection) = state.withLock { state in
            state.isAborted = true
            return (state.listener, state.connection)
        }
        listener?.close()
        connection?.close()
    }
}

/// Why a transfer did not begin.
struct TransferFailure: Error {
    var result: FTPTransferResult
}

/// Opens the file and the data connection of a transfer.
struct TransferOpener: Sendable {
    var transfer: FTPTransfer
    var files: any FileSystem
    var user: FTPUser
    var listener: PeerListener?
    /// The address that the client reached, from which data connections are made.
    var source: String
    var configuration: FTPServer.Configuration
    var control: TransferControl

    func open() async throws(TransferFailure) -> OpenTransfer {
        let content: OpenTransfer.Content
        do {
            content = try await blocking { [self] in try openFile() }
        } catch {
            listener?.close()
            throw TransferFailure(result: .failed(error as? FileError ?? .system(0)))
        }
        do {
            control.set(listener: listener, connection: nil)
            let connection = try await connect()
            control.set(listener: nil, connection: connection)
            return OpenTransfer(
                content: content, connection: connection, isASCII: transfer.isASCII,
                isProtected: transfer.isProtected, access: user.access, pace: TransferPace(rate: configuration.rate),
                control: control)
        } catch {
            if case .upload(let upload, _) = content { await blocking { upload.cancel() } }
            throw TransferFailure(result: control.isAborted ? .aborted : .unconnected)
        }
    }

    private func openFile() throws(FileError) -> OpenTransfer.Content {
        switch transfer.kind {
        case .retrieve(let path, let offset):
            let file = try files.open(path)
            guard offset <= file.size else { throw .badOffset }
            return .file(file, offset: offset)
        case .store(let path, let mode):
            let upload = try files.upload(path, mode, replaces: user.access == .full)
            return .upload(upload, isNamed: mode == .unique)
        case .list(let path, let format, let pattern):
            let status = try files.status(of: path)
            // A drop box keeps to itself what others brought.
            if user.access == .uploadOnly { return .entries([], format) }
            if status.isDirectory { return .directory(try files.entries(of: path), format, pattern: pattern) }
            if case .machine = format { throw .notADirectory }
            return .entries([FileEntry(name: path.name ?? "/", status: status)], format)
        }
    }

    private func connect() async throws -> LineConnection {
        switch transfer.channel {
        case .passive:
            guard let listener else { throw LineConnectionError(.closed, "there is no listener") }
            return try await listener.connection(within: configuration.connectTime)
        case .active(let target):
            return try await LineClient.connect(
                host: target.host, port: target.port,
                security: configuration.identity.map { .serving($0) } ?? .plain, within: configuration.connectTime,
                from: source, writeTime: configuration.stallTime, readSize: OpenTransfer.pieceSize)
        }
    }
}

/// A file and a data connection, ready for each other.
struct OpenTransfer: Sendable {
    enum Content: Sendable {
        case file(any ReadableFile, offset: Int64)
        /// - isNamed: whether the client is told the name, which the server chose.
        case upload(any FileUpload, isNamed: Bool)
        case directory(any DirectoryReader, ListingFormat, pattern: String?)
        case entries([FileEntry], ListingFormat)
    }

    enum Outcome: Sendable {
        case ended(FTPTransferResult)
        case received(any FileUpload)
    }

    /// Octets that are read and written at once.
    static let pieceSize = 256 * 1024
    /// Octets that the system is asked to send from a file at once.
    private static let regionSize = 4 << 20

    let content: Content
    let connection: LineConnection
    let isASCII: Bool
    let isProtected: Bool
    let access: FTPUser.Access
    let pace: TransferPace
    let control: TransferControl

    private let clock = ContinuousClock()
    private let began = ContinuousClock().now

    /// The name that the server chose for an upload.
    var chosenName: VirtualPath? {
        if case .upload(let upload, true) = content { upload.path } else { nil }
    }

    /// Moves everything, and closes the data connection.
    ///
    /// - Parameter stall: how long the peer may send nothing.
    func run(stall: TimeAmount) async -> Outcome {
        defer { connection.close() }
        do {
            if isProtected { try await connection.startTLS() }
        } catch {
            await discard()
            return .ended(control.isAborted ? .aborted : .insecure)
        }
        do {
            switch content {
            case .file(let file, let offset): try await send(file, from: offset)
            case .directory(let reader, let format, let pattern):
                while true {
                    let entries = try await blocking { try reader.next() }
                    if entries.isEmpty { break }
                    try await send(entries.filter { entry in pattern.map { entry.name.matches($0) } ?? true }, format)
                }
            case .entries(let entries, let format): try await send(entries, format)
            case .upload(let upload, _):
                try await receive(upload, stall: stall)
                return .received(upload)
            }
            return .ended(control.isAborted ? .aborted : .complete(nil))
        } catch {
            await discard()
            return .ended(control.isAborted ? .aborted : Self.explain(error))
        }
    }

    private func discard() async {
        if case .upload(let upload, _) = content { await blocking { upload.cancel() } }
    }

    private static func explain(_ error: any Error) -> FTPTransferResult {
        switch error {
        case let error as FileError: .failed(error)
        case let error as LineConnectionError where error.code == .timedOut:
            .broken("The transfer stood still for too long.")
        case let error as LineConnectionError where error.code == .truncated:
            .broken("The data connection ended without TLS's goodbye: what came may not be all.")
        default: .broken("The data connection broke.")
        }
    }

    private func send(_ file: any ReadableFile, from start: Int64) async throws {
        var offset = start
        var conversion = ASCIIConversion()
        if let descriptor = file.descriptor, !isASCII, !isProtected {
            try await withExtendedFile(file) {
                while offset < file.size, !control.isAborted {
                    let previous = offset
                    let end = min(offset + Int64(pace.piece(Self.regionSize)), file.size)
                    try await connection.write(file: descriptor, Int(offset)..<Int(end))
                    offset = end
                    try await moved(Int(end - previous))
                }
            }
        } else {
            while !control.isAborted {
                let piece = try await blocking { [offset] in
                    try file.read(at: offset, count: pace.piece(Self.pieceSize))
                }
                if piece.readableBytes == 0 { break }
                offset += Int64(piece.readableBytes)
                try await connection.write(isASCII ? conversion.outgoing(piece) : piece)
                try await moved(piece.readableBytes)
            }
        }
    }

    /// Counts, and waits when that was too fast.
    private func moved(_ octets: Int) async throws {
        control.moved(octets)
        while !control.isAborted {
            let pause = pace.pause(after: control.bytes, in: clock.now - began)
            if pause == .zero { return }
            try await Task.sleep(for: min(pause, .milliseconds(250)))
        }
    }

    /// Keeps `file`, and with it its descriptor, until `body` is done.
    private func withExtendedFile(_ file: any ReadableFile, _ body: () async throws -> Void) async throws {
        try await body()
        withExtendedLifetime(file) {}
    }

    private func receive(_ upload: any FileUpload, stall: TimeAmount) async throws {
        var conversion = ASCIIConversion()
        while let bytes = try await connection.read(within: stall, untilShutdown: false) {
            let piece = isASCII ? conversion.incoming(bytes) : bytes
            try await blocking { try upload.write(piece) }
            try await moved(bytes.readableBytes)
        }
        let rest = conversion.end()
        if rest.readableBytes > 0 { try await blocking { try upload.write(rest) } }
    }

    private func send(_ entries: [FileEntry], _ format: ListingFormat) async throws {
        guard !entries.isEmpty else { return }
        let now = Date()
        let lines = entries.map { entry in
            switch format {
            case .long: LongListing.line(entry, now: now)
            case .names: entry.name
            case .machine(let facts): "\(MachineFact.text(entry.status, facts, access: access)) \(entry.name)"
            }
        }
        try await connection.write(lines.joined(separator: "\r\n") + "\r\n")
        control.moved(lines.reduce(0) { $0 + $1.utf8.count + 2 })
    }
}

extension String {
    /// Whether the name fits a pattern with `*` and `?`, as a shell has it.
    func matches(_ pattern: String) -> Bool { fnmatch(pattern, self, FNM_NOESCAPE) == 0 }
}
