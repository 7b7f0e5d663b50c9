internal import Foundation
internal import Mail
internal import MailStore
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// What comes.
extension MailQueue {
    /// Makes room for a message.
    ///
    /// - Throws: ``QueueError``; `.full` when the queue, or the disk, has as much as it may.
    package func open() async throws -> Incoming {
        guard octets < configuration.maximumOctets else {
            throw QueueError(
                .full, "the queue in \(folder.path) holds \(octets) octets: have some delivered, or drop them")
        }
        let now = ContinuousClock.now
        var free = room.withLock { room in room.flatMap { now - $0.asked < .seconds(1) ? $0.octets : nil } }
        if free == nil {
            let asked = try await threads.runIfActive { [folder] in folder.freeOctets }
            room.withLock { $0 = (asked, now) }
            free = asked
        }
        guard let free, free >= configuration.minimumFree else {
            throw QueueError(
                .full, "the disk of \(folder.path) has less than \(configuration.minimumFree) octets left")
        }
        return Incoming(self)
    }

    /// Puts a message that is whole into the one mailbox that it is for, so that it never needs the queue.
    ///
    /// - Returns: whether it is there, durably; else the queue has to take it.
    func deliverAtOnce(_ text: ByteBuffer, _ envelope: Envelope, id: String) async -> Bool {
        guard let recipient = envelope.recipients.first, envelope.recipients.count == 1,
            configuration.localDomains.contains(recipient.address.canonicalDomain),
            // Reports are the queue's work.
            recipient.notify?.contains(.success) != true
        else { return false }
        let outcome = await mailboxes.deliver(
            MessageBytes(text), header: Self.header(of: envelope, for: recipient.address), to: recipient.address,
            // If it fails after all, the queue delivers it under the same name.
            as: Self.name(id, 0, mayBeThere: false))
        guard case .delivered(let reply) = outcome else { return false }
        log("delivered", id, recipient.address, host: configuration.hostname, reply)
        return true
    }

    /// RFC 5321 §4.4: the last host keeps the sender's address in the message.
    static func header(of envelope: Envelope, for recipient: MailAddress) -> String {
        "Return-Path: <\(envelope.sender.map(\.description) ?? "")>\r\nDelivered-To: \(recipient)\r\n"
    }

    /// The name of the delivery to one of a message's recipients.
    static func name(_ id: String, _ recipient: Int, mayBeThere: Bool) -> DeliveryName {
        DeliveryName("\(id)N\(recipient)", mayBeThere: mayBeThere)
    }

    /// A message that arrives: in memory for as long as it is small, so that all of its file is written in one go, or none
    /// at all, when a mailbox takes it at once.
    package struct Incoming: Sendable {
        /// Octets that are kept in memory.
        private static let keptOctets = 128 << 10

        /// Its name here.
        package let id: String
        private let queue: MailQueue
        private var text = ByteBuffer()
        private var file: FileHandle?

        init(_ queue: MailQueue) {
            id = QueueFolder.newID(now: Date())
            self.queue = queue
        }

        /// - Throws: ``QueueError`` when the disk is full, say.
        package mutating func write(_ piece: ByteBuffer) async throws {
            if text.readableBytes == 0 { text = piece } else { text.writeImmutableBuffer(piece) }
            guard text.readableBytes > Self.keptOctets else { return }
            let written = text
            text = ByteBuffer()
            file = try await queue.threads.runIfActive { [file, id, folder = queue.folder] in
                try Self.write(written, to: file, id, folder)
            }
        }

        /// - Returns: the message's file, which is made where there is none.
        private static func write(
            _ text: ByteBuffer, to file: FileHandle?, _ id: String, _ folder: QueueFolder
        ) throws -> FileHandle {
            let file = try file ?? folder.create(id)
            do {
                try file.write(contentsOf: Data(text.readableBytesView))
            } catch {
                folder.discard(id)
                throw error
            }
            return file
        }

        /// Makes it durable: in its mailbox, or in the queue, which delivers it from then on.
        ///
        /// - Throws: ``QueueError``.
        package func commit(_ envelope: Envelope) async throws {
            if file == nil, await queue.deliverAtOnce(text, envelope, id: id) { return }
            let message = try await queue.threads.runIfActive { [file, id, text, folder = queue.folder] in
                let file = try Self.write(text, to: file, id, folder)
                return try folder.commit(file, id: id, envelope: envelope, received: Date())
            }
            queue.insert(message)
        }

        /// Forgets it.
        package func discard() async {
            guard file != nil else { return }
            _ = try? await queue.threads.runIfActive { [id, folder = queue.folder] in folder.discard(id) }
        }
    }
}
