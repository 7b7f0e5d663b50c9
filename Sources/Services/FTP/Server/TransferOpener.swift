internal import LineProtocol
internal import NIOCore

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
            throw TransferFailure(result: control.isAborted ? .aborted : .failed(error as? FileError ?? .system(0)))
        }
        do {
            let connection = try await connect()
            control.whenAborted { connection.close() }
            return OpenTransfer(
                content: content, connection: connection, isASCII: transfer.isASCII,
                isProtected: transfer.isProtected, access: user.access, pace: TransferPace(rate: configuration.rate),
                size: transfer.size, control: control)
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
            let upload = try files.upload(path, mode, replaces: user.access == .full) { [control] in control.isAborted }
            return .upload(upload, mode)
        case .list(let path, let format, let pattern, let literal):
            // A drop box keeps to itself what others brought, and whether there is any.
            if user.access == .uploadOnly { return .entries([], format) }
            if let literal, let status = try? files.status(of: literal) {
                if status.isDirectory { return .directory(try files.entries(of: literal), format, pattern: nil) }
                return .entries([FileEntry(name: literal.name ?? "/", status: status)], format)
            }
            let status = try files.status(of: path)
            if status.isDirectory { return .directory(try files.entries(of: path), format, pattern: pattern) }
            if case .machine = format { throw .notADirectory }
            return .entries([FileEntry(name: path.name ?? "/", status: status)], format)
        }
    }

    private func connect() async throws -> LineConnection {
        switch transfer.channel {
        case .passive:
            guard let listener else { throw LineConnectionError(.closed, "there is no listener") }
            control.whenAborted { listener.close() }
            return try await listener.connection(within: configuration.connectTime)
        case .active(let target):
            let attempt = Task { [source, configuration] in
                try await LineClient.connect(
                    host: target.host, port: target.port,
                    security: configuration.identity.map { .serving($0) } ?? .plain, within: configuration.connectTime,
                    from: source, writeTime: configuration.stallTime, readSize: OpenTransfer.pieceSize)
            }
            control.whenAborted { attempt.cancel() }
            return try await attempt.value
        }
    }
}
