internal import Foundation
package import NIOCore
internal import Synchronization

/// A message that is open for reading.
package final class MessageFile: Sendable {
    /// Octets.
    package let size: Int
    private let descriptor: Int32
    /// The octets that came with the opening.
    private let beginning: ByteBuffer
    /// Octets up to which a message is read into memory instead of being mapped, which costs other threads more.
    private static let copiedOctets = 128 << 10

    /// Nil when there is no such file.
    ///
    /// - Parameters:
    ///   - path: where it is.
    ///   - count: octets of its beginning that are read at once.
    init?(path: String, reading count: Int = 0) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        do {
            size = FileFacts(descriptor: descriptor)?.size ?? 0
            beginning = count > 0 ? try Self.read(descriptor, 0..<min(count, size)) : ByteBuffer()
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Octets of the message, as many of `range` as there are. A large message is read in parts, so that it never is in
    /// memory as a whole.
    ///
    /// - Throws: ``MailStoreError`` with `.unusable`.
    package func read(_ range: Range<Int>) async throws -> ByteBuffer {
        let range = range.clamped(to: 0..<size)
        guard !range.isEmpty else { return ByteBuffer() }
        if range.upperBound <= beginning.readableBytes {
            return beginning.getSlice(at: beginning.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
        }
        return try await MailAccount.blocking { [self] in try Self.read(descriptor, range) }
    }

    /// Gives `body` all octets of the message, on a thread for what blocks; many are mapped, not read into memory.
    ///
    /// - Throws: ``MailStoreError`` with `.unusable`; what `body` throws.
    package func map<Value: Sendable>(
        _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>) throws -> Value
    ) async throws -> Value {
        try await MailAccount.blocking { [self] in try mapNow(body) }
    }

    func mapNow<Value>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Value) throws -> Value {
        guard size > Self.copiedOctets else {
            let octets = try Self.read(descriptor, 0..<size)
            return try octets.withUnsafeReadableBytes { octets in
                try octets.withMemoryRebound(to: UInt8.self) { try body($0) }
            }
        }
        guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
            throw MailStoreError(errno: errno, "the message cannot be read")
        }
        defer { munmap(memory, size) }
        let octets = UnsafeRawBufferPointer(start: memory, count: size)
        return try octets.withMemoryRebound(to: UInt8.self) { try body($0) }
    }

    private static func read(_ descriptor: Int32, _ range: Range<Int>) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: range.count) { bytes in
            var count = 0
            while count < range.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[count..<range.count])
                let got = pread(descriptor, rest.baseAddress, rest.count, off_t(range.lowerBound + count))
                if got == 0 { break }
                guard got > 0 else {
                    if errno == EINTR { continue }
                    throw MailStoreError(errno: errno, "the message cannot be read")
                }
                count += got
            }
            return count
        }
        return buffer
    }
}

/// A message that is being written to a file of its own, before it goes to where it belongs.
package final class SpooledMessage: Sendable {
    let path: String
    private let descriptor: Int32
    private let written = Mutex(0)

    /// Octets written so far.
    package var size: Int { written.withLock { $0 } }

    init(path: String) throws(MailStoreError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw MailStoreError(errno: errno, "the message cannot be written") }
    }

    /// What was not put anywhere is dropped.
    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(path)
    }

    /// - Throws: ``MailStoreError`` with `.unusable` when the disk is full, say.
    package func write(_ bytes: ByteBuffer) async throws {
        try await MailAccount.blocking { [self] in try writeNow(bytes) }
    }

    func writeNow(_ bytes: ByteBuffer) throws {
        try bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
                guard count >= 0 else {
                    if errno == EINTR { continue }
                    throw MailStoreError(errno: errno, "the message cannot be written")
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
        written.withLock { $0 += bytes.readableBytes }
    }

    /// Returns once all of it is on disk.
    package func synchronize() async throws {
        try await MailAccount.blocking { [self] in try synchronizeNow() }
    }

    func synchronizeNow() throws {
        guard fsync(descriptor) == 0 else { throw MailStoreError(errno: errno, "the message cannot be written") }
    }

    /// Sets when it arrived, in seconds since 1970.
    func setDate(_ seconds: Int) {
        FileFacts.setModified(descriptor, seconds)
    }
}
