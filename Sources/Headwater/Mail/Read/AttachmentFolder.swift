import Foundation
import LineProtocol
import Mail

/// The folder that a message's attachments are saved to.
struct AttachmentFolder {
    private let path: String

    /// Octets of a name; file systems take 255.
    private static let longestName = 200
    /// Files of one name, apart by numbers.
    private static let mostOfAName = 10_000

    /// Makes the folder if it is missing.
    ///
    /// - Throws: ``CommandError``.
    init(_ path: String) throws {
        self.path = path
        try ReportFolder.make(path)
    }

    /// Writes a file that appears whole, under its name or, where there is one of that name, under it with a number.
    /// Nothing is ever overwritten.
    ///
    /// - Returns: the name that it got.
    /// - Throws: ``CommandError``.
    func save(_ content: [UInt8], as name: String) throws -> String {
        let temporary = "\(path)/.headwater-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(.cannotCreate, temporary) }
        defer { unlink(temporary) }
        do {
            defer { close(descriptor) }
            try Self.write(content, to: descriptor, temporary)
        }
        for number in 1...Self.mostOfAName {
            let name = Self.numbered(Self.safe(name), number)
            if try appears(temporary, as: "\(path)/\(name)") { return name }
        }
        throw CommandError(.cannotCreate, "\(path) has too many files named \(name)")
    }

    private static func write(_ content: [UInt8], to descriptor: Int32, _ path: String) throws {
        var rest = content[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno != EINTR {
                throw failure(.ioError, path)
            }
        }
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(.ioError, path) }
    }

    /// Gives a file its name; false when another has it.
    private func appears(_ temporary: String, as target: String) throws -> Bool {
        if link(temporary, target) == 0 { return true }
        if errno == EEXIST { return false }
        // A file system without links: the name is taken first.
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw Self.failure(.cannotCreate, target)
        }
        close(descriptor)
        guard rename(temporary, target) == 0 else { throw Self.failure(.cannotCreate, target) }
        return true
    }

    private static func failure(_ status: SystemExit, _ path: String) -> CommandError {
        CommandError(status, "cannot write \(path): \(String(cString: strerror(errno)))")
    }

    /// The name without what leads elsewhere, hides a file, looks like an option, or says something else than it seems to.
    static func safe(_ name: String) -> String {
        var name = PrintableText.line(name).replacing("/", with: "_").replacing("\\", with: "_")
        while name.hasSuffix(".") || name.hasSuffix(" ") { name.removeLast() }
        if name.hasPrefix(".") || name.hasPrefix("-") { name = "_" + name.dropFirst() }
        if name.isEmpty { name = "attachment" }
        let (stem, suffix) = parts(name)
        var short = stem
        while short.utf8.count + suffix.utf8.count > longestName, !short.isEmpty { short.removeLast() }
        return short.isEmpty ? "attachment" : short + suffix
    }

    private static func numbered(_ name: String, _ number: Int) -> String {
        guard number > 1 else { return name }
        let (stem, suffix) = parts(name)
        return "\(stem) (\(number))\(suffix)"
    }

    /// Before the last dot, and from it on.
    private static func parts(_ name: String) -> (stem: String, suffix: String) {
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex, name[dot...].utf8.count <= 20 else {
            return (name, "")
        }
        return (String(name[..<dot]), String(name[dot...]))
    }
}
