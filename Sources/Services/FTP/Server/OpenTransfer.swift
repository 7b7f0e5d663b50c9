internal import Foundation
internal import LineProtocol
internal import NIOCore

/// A file and a data connection, ready for each other.
struct OpenTransfer: Sendable {
    enum Content: Sendable {
        case file(any ReadableFile, offset: Int64)
        case upload(any FileUpload, StoreMode)
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
    /// Octets that an upload is to have, if the client told.
    let size: Int64?
    let control: TransferControl

    private let clock = ContinuousClock()
    private let began = ContinuousClock().now

    /// The name that the server chose for an upload.
    var chosenName: VirtualPath? {
        if case .upload(let upload, .unique) = content { upload.path } else { nil }
    }

    /// Moves everything, and closes the data connection.
    ///
    /// - Parameter stall: how long the peer may send nothing.
    func run(stall: TimeAmount) async -> Outcome {
        defer { connection.close() }
        do {
            if isProtected { try await connection.startTLS() }
        } catch {
            await discard(after: nil)
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
            case .upload(let upload, let mode):
                try await receive(upload, stall: stall)
                if lacks(mode) {
                    await discard(after: nil)
                    return .ended(control.isAborted ? .aborted : .broken("Fewer octets came than ALLO said."))
                }
                return .received(upload)
            }
            return .ended(control.isAborted ? .aborted : .complete(nil))
        } catch {
            await discard(after: error)
            return .ended(control.isAborted ? .aborted : Self.explain(error))
        }
    }

    /// Whether less of an upload came than was announced. Its end looks the same, whatever ended it. Clients announce the
    /// whole file or the rest of it; what an append is to add to is not known here.
    private func lacks(_ mode: StoreMode) -> Bool {
        guard let size else { return false }
        return switch mode {
        case .replace, .unique: control.bytes < size
        case .resume(let offset): offset + control.bytes < size
        case .append: false
        }
    }

    /// Gives an upload up. What the network has broken off may be continued.
    private func discard(after error: (any Error)?) async {
        guard case .upload(let upload, _) = content else { return }
        let keeps = control.keepsUpload && !(error is FileError)
        await blocking { keeps ? upload.leave() : upload.cancel() }
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
                    let end = min(offset + Int64(pace.piece(Self.regionSize)), file.size)
                    try await connection.write(file: descriptor, Int(offset)..<Int(end)) { [control] octets in
                        control.moved(octets)
                    }
                    offset = end
                    try await keepPace()
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
                control.moved(piece.readableBytes)
                try await keepPace()
            }
        }
    }

    /// Waits when it was too fast.
    private func keepPace() async throws {
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
            control.moved(bytes.readableBytes)
            try await keepPace()
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
