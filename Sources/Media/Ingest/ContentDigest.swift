internal import Crypto
internal import Glibc

/// SHA-256 of a file's content.
package struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
    /// 64 hexadecimal digits.
    package let description: String

    /// Reads the file at `path` to its end; blocks.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - report: told how many bytes have been read so far.
    ///   - isCancelled: true ends the work with `CancellationError`.
    /// - Throws: ``IngestError`` when it cannot be read.
    package init(
        ofFile path: String, report: (Int) -> Void = { _ in }, isCancelled: () -> Bool = { false }
    ) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.unreadable(path) }
        defer { close(file) }
        var hash = SHA256()
        var total = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            if isCancelled() { throw CancellationError() }
            let count = read(file, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.unreadable(path) }
            if count == 0 { break }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            total += count
            report(total)
        }
        description = Self.hexadecimal(hash.finalize())
    }

    private static func unreadable(_ path: String) -> IngestError {
        let number = errno
        return IngestError(
            number == EACCES ? .permissionDenied : .noSource, "cannot read \(path): \(IngestError.text(number))")
    }

    static func hexadecimal(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef")
        return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
