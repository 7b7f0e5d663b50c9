package import Foundation
internal import Synchronization

/// The queue on disk. Each message is one file, `messages/ID`: its text, and behind it the envelope; what became of it
/// so far is in `states/ID`, written anew after each attempt.
///
/// A message gets its name under `messages/` when all of it is on disk, and a state replaces another in the same way: a
/// process may be killed at any time. All functions block.
package final class QueueFolder: Sendable {
    /// What a message file ends with: the envelope in JSON, and then this many octets that hold its length.
    private static let trailerLength = 9

    private struct Trailer: Codable {
        var received: Date
        var envelope: Envelope
    }

    /// Where it is.
    package let path: String
    /// Saves of one message come one after the other.
    private let locks = (0..<16).map { _ in Lock() }
    private final class Lock: Sendable { let mutex = Mutex(()) }

    /// - Parameter path: made when it does not exist, but not the folders above it.
    /// - Throws: ``QueueError``.
    package init(path: String) throws(QueueError) {
        self.path = path
        for folder in ["", "/incoming", "/messages", "/states", "/requests"] {
            guard mkdir(path + folder, 0o700) == 0 || errno == EEXIST else {
                throw QueueError(.unusable, "cannot make \(path + folder): \(Self.reason())")
            }
        }
    }

    /// Makes this process the only one that delivers; until it ends or closes what is returned.
    ///
    /// - Returns: nil when another process has the queue.
    package func lock() throws(QueueError) -> FileHandle? {
        let file = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw QueueError(.unusable, "cannot open \(path)/lock: \(Self.reason())") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            return nil
        }
        return FileHandle(fileDescriptor: file, closeOnDealloc: true)
    }

    /// Octets that the disk has left for this user; as many as one can count where nobody can tell.
    package var freeOctets: Int {
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: path)
        return (facts?[.systemFreeSize] as? NSNumber).map { Int(clamping: $0.uint64Value) } ?? .max
    }

    // MARK: A message that arrives

    /// A file for a message that arrives. Nobody sees it before ``commit(_:id:envelope:received:)``.
    package func create(_ id: String) throws(QueueError) -> FileHandle {
        let file = open("\(path)/incoming/\(id)", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw QueueError(.unusable, "cannot write to \(path)/incoming: \(Self.reason())") }
        return FileHandle(fileDescriptor: file, closeOnDealloc: true)
    }

    /// Makes a message durable: when this returns, it is this host's to deliver whatever happens.
    ///
    /// - Parameters:
    ///   - file: all of the text was written to it.
    ///   - id: under which it was made.
    ///   - envelope: from whom to whom it goes.
    ///   - received: now.
    package func commit(
        _ file: FileHandle, id: String, envelope: Envelope, received: Date
    ) throws(QueueError) -> QueuedMessage {
        do {
            let size = Int(try file.offset())
            let trailer = try JSONEncoder().encode(Trailer(received: received, envelope: envelope))
            let length = String(trailer.count, radix: 16)
            let padded = String(repeating: "0", count: max(0, Self.trailerLength - 1 - length.utf8.count)) + length
            try file.write(contentsOf: trailer + Data("\(padded)\n".utf8))
            try file.synchronize()
            try rename("\(path)/incoming/\(id)", to: "\(path)/messages/\(id)")
            try synchronise(folder: "messages")
            return QueuedMessage(id: id, received: received, size: size, envelope: envelope)
        } catch {
            discard(id)
            unlink("\(path)/messages/\(id)")
            throw QueueError(.unusable, "cannot write to \(path)/messages: \(Self.reason(error))")
        }
    }

    /// Forgets a message that did not arrive.
    package func discard(_ id: String) { unlink("\(path)/incoming/\(id)") }

    // MARK: Messages that wait

    /// Removes what earlier processes left half done. Only with the lock.
    package func tidy() throws(QueueError) {
        for name in try names("incoming") { unlink("\(path)/incoming/\(name)") }
        let messages = Set(try names("messages"))
        for name in try names("states") where !messages.contains(name) { unlink("\(path)/states/\(name)") }
    }

    /// All messages, in the order in which they came. Files that are none are left alone and named in `problems`.
    package func messages() throws(QueueError) -> (messages: [QueuedMessage], problems: [String]) {
        var result: [QueuedMessage] = []
        var problems: [String] = []
        for name in try names("messages").sorted() {
            do {
                if let message = try message(name) { result.append(message) }
            } catch {
                problems.append("\(path)/messages/\(name) is no message: \(Self.reason(error))")
            }
        }
        return (result, problems)
    }

    /// Nil when it is gone meanwhile.
    private func message(_ id: String) throws -> QueuedMessage? {
        if let state = FileManager.default.contents(atPath: "\(path)/states/\(id)") {
            return try JSONDecoder().decode(QueuedMessage.self, from: state)
        }
        guard let file = FileHandle(forReadingAtPath: "\(path)/messages/\(id)") else { return nil }
        let end = Int(try file.seekToEnd())
        guard end >= Self.trailerLength else { throw QueueError(.unusable, "too short") }
        try file.seek(toOffset: UInt64(end - Self.trailerLength))
        let digits = try file.readToEnd().map { String(decoding: $0.dropLast(), as: UTF8.self) } ?? ""
        guard let length = Int(digits, radix: 16), length > 0, length <= end - Self.trailerLength else {
            throw QueueError(.unusable, "no envelope")
        }
        let size = end - Self.trailerLength - length
        try file.seek(toOffset: UInt64(size))
        let trailer = try JSONDecoder().decode(Trailer.self, from: try file.read(upToCount: length) ?? Data())
        return QueuedMessage(id: id, received: trailer.received, size: size, envelope: trailer.envelope)
    }

    /// Saves a message's state, or removes the message.
    ///
    /// - Parameters:
    ///   - id: the message's name.
    ///   - latest: asked when nobody else saves the same message: as it is then, nil when it is done with.
    package func save(_ id: String, latest: () -> QueuedMessage?) throws(QueueError) {
        do {
            try locks[Int(id.utf8.reduce(0) { $0 &* 31 &+ UInt32($1) } % 16)].mutex.withLock { _ in
                guard let message = latest() else {
                    unlink("\(path)/messages/\(id)")
                    unlink("\(path)/states/\(id)")
                    return
                }
                let temporary = "\(path)/incoming/\(id).state"
                let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
                guard file >= 0 else { throw QueueError(.unusable, Self.reason()) }
                let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
                try handle.write(contentsOf: try JSONEncoder().encode(message))
                try handle.synchronize()
                try rename(temporary, to: "\(path)/states/\(id)")
                try synchronise(folder: "states")
            }
        } catch {
            throw QueueError(.unusable, "cannot write to \(path)/states: \(Self.reason(error))")
        }
    }

    /// A message's file; its text is the first ``QueuedMessage/size`` octets.
    package func file(_ id: String) -> String { "\(path)/messages/\(id)" }

    // MARK: Requests from other processes

    /// What an operator wants done with a message.
    package enum Request: String, Sendable, CaseIterable {
        case retry, drop
    }

    /// Leaves a request for the process that has the lock.
    package func request(_ request: Request, _ id: String) throws(QueueError) {
        let file = open("\(path)/requests/\(request.rawValue)-\(id)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw QueueError(.unusable, "cannot write to \(path)/requests: \(Self.reason())") }
        close(file)
    }

    /// The requests that were left. They stay until ``settle(_:_:)``, so that none is lost with the process.
    package func requests() -> [(Request, id: String)] {
        ((try? names("requests")) ?? []).sorted().compactMap { name in
            let parts = name.split(separator: "-", maxSplits: 1)
            guard parts.count == 2, let request = Request(rawValue: String(parts[0])) else {
                unlink("\(path)/requests/\(name)")
                return nil
            }
            return (request, String(parts[1]))
        }
    }

    /// Removes a request that is answered.
    package func settle(_ request: Request, _ id: String) { unlink("\(path)/requests/\(request.rawValue)-\(id)") }

    // MARK: Below

    /// A name that no message had before: when it came, in milliseconds, and chance.
    package static func newID(now: Date) -> String {
        let time = String(UInt64(max(0, now.timeIntervalSince1970 * 1000)), radix: 16)
        let chance = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return String(repeating: "0", count: max(0, 12 - time.count)) + time
            + String(repeating: "0", count: 8 - chance.count) + chance
    }

    private func names(_ folder: String) throws(QueueError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")
        } catch {
            throw QueueError(.unusable, "cannot read \(path)/\(folder): \(Self.reason(error))")
        }
    }

    private func rename(_ old: String, to new: String) throws(QueueError) {
        guard Foundation.rename(old, new) == 0 else { throw QueueError(.unusable, Self.reason()) }
    }

    /// A name is durable when its folder is.
    private func synchronise(folder: String) throws(QueueError) {
        let file = open("\(path)/\(folder)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw QueueError(.unusable, Self.reason()) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw QueueError(.unusable, Self.reason()) }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
    private static func reason(_ error: any Error) -> String {
        (error as? QueueError)?.description ?? (error as NSError).localizedDescription
    }
}

/// Why the queue cannot be used.
package struct QueueError: Error, Sendable, CustomStringConvertible {
    /// What is in the way: the disk, another process, or too much mail.
    package enum Code: Sendable, Hashable {
        /// A file or a folder cannot be read or written.
        case unusable
        /// Another process delivers.
        case locked
        /// There is as much in it as may be, or the disk has too little left.
        case full
    }

    package var code: Code
    /// What, where, and what to do: one line.
    package var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
