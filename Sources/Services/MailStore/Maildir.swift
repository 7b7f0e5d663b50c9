internal import Foundation
internal import Synchronization

/// One folder of messages in the Maildir format: `new` for messages that no client has seen, `cur` for the others, whose
/// names tell their flags behind `:2,`, and `tmp` for what is being written. A message appears by one rename or link,
/// whole, and is never changed.
struct Maildir: Sendable {
    let path: String

    /// A message as the folder has it.
    struct Entry: Sendable, Hashable {
        /// The name without its flags, which stays the same for as long as the message exists.
        var base: String
        var flags: MessageFlags.System
        var isNew: Bool
        /// The name as it is, within `new` or `cur`.
        var file: String
        /// Whether that is what ``Maildir/path(of:_:isNew:)`` makes of the others.
        var isPlain: Bool
    }

    /// Makes what is missing of its three folders.
    func make() throws {
        for folder in ["", "/new", "/cur", "/tmp"] where mkdir(path + folder, 0o700) != 0 {
            guard errno == EEXIST else { throw MailStoreError(errno: errno, "a mailbox cannot be made") }
        }
    }

    func path(of base: String, _ flags: MessageFlags.System, isNew: Bool) -> String {
        isNew ? "\(path)/new/\(base)" : "\(path)/cur/\(base):2,\(MessageFlags(flags).letters)"
    }

    /// All messages. A message that is renamed meanwhile by a program that knows nothing of
    /// the index may be missed or come twice; see ``MailboxIndex``.
    func entries() throws -> [Entry] {
        var entries: [Entry] = []
        for folder in ["new", "cur"] {
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)") else {
                throw MailStoreError(.noMailbox, "the mailbox is gone")
            }
            for name in names where !name.hasPrefix(".") {
                let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let isNew = folder == "new"
                let info = parts.count == 2 && parts[1].hasPrefix("2,") ? parts[1].dropFirst(2) : nil
                let flags = MessageFlags.system(letters: info ?? "")
                // `new` has no flags.
                let isPlain =
                    isNew ? parts.count == 1 : info.map { $0 == MessageFlags.letters[Int(flags.rawValue)] } ?? false
                entries.append(
                    Entry(
                        base: String(parts[0]), flags: isNew ? [] : flags, isNew: isNew, file: "\(folder)/\(name)",
                        isPlain: isPlain))
            }
        }
        return entries
    }

    /// Removes what processes that were killed have left in a folder for files that are being written: what is older than
    /// 36 hours, as the Maildir format has it.
    static func sweep(_ folder: String) {
        let now = FileFacts.Moment.now
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            guard let facts = FileFacts(path: "\(folder)/\(name)"), now.seconds(since: facts.modified) > 36 * 3600
            else { continue }
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    /// In the order of their arrival.
    static func sorted(_ entries: [Entry]) -> [Entry] { entries.sorted { isEarlier($0.base, $1.base) } }

    /// When its folders last changed, in a form that can only be compared: names came, went or changed since then if it
    /// differs.
    func version() -> String {
        ["new", "cur"].map { FileFacts(path: "\(path)/\($0)")?.modified.text ?? "-" }.joined(separator: " ")
    }

    /// Seconds since a folder last changed.
    func age() -> Double {
        let now = FileFacts.Moment.now
        return ["new", "cur"].map { folder in
            FileFacts(path: "\(path)/\(folder)").map { now.seconds(since: $0.modified) } ?? 0
        }.min() ?? 0
    }

    /// Renames a file or a folder; `errno` tells why not.
    static func move(_ source: String, to target: String) -> Bool { rename(source, target) == 0 }

    /// Makes what was linked, renamed or unlinked in a folder survive a loss of power.
    func synchronize(_ folder: String) throws {
        let descriptor = open("\(path)/\(folder)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw MailStoreError(errno: errno, "a mailbox cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw MailStoreError(errno: errno, "a mailbox cannot be written")
        }
    }

    /// Names begin with the time of arrival in seconds, then `M` and microseconds: the order of arrival is not quite that
    /// of the text.
    private static func isEarlier(_ left: String, _ right: String) -> Bool {
        let (first, second) = (arrival(left), arrival(right))
        return first == second ? left < right : first < second
    }

    private static func arrival(_ base: String) -> Int {
        let seconds = base.prefix { $0.isNumber }
        let rest = base.dropFirst(seconds.count)
        let micros = rest.hasPrefix(".M") ? rest.dropFirst(2).prefix { $0.isNumber } : ""
        return (Int(seconds) ?? 0) &* 1_000_000 &+ (Int(micros) ?? 0)
    }
}

/// Names for new messages that no other message of this machine, or of another that shares the folder, ever gets.
struct MessageNames: Sendable {
    private let host: String
    private let process = getpid()
    private let instance = UInt32.random(in: 0...UInt32.max)
    private let counter = Counter()

    init() {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.host = host.replacing("/", with: "\\057").replacing(":", with: "\\072")
    }

    /// - Parameters:
    ///   - size: octets of the message, told in the name so that nobody needs to look.
    ///   - delivery: what the message is delivered by, if it is to be found again.
    func next(size: Int, _ delivery: DeliveryName? = nil) -> String {
        let time = FileFacts.Moment.now
        let writer = "P\(process)R\(String(instance, radix: 16))Q\(counter.next())"
        return "\(time.seconds).M\(time.nanoseconds / 1000)\(writer)\(delivery?.mark ?? ".")\(host),S=\(size)"
    }
}

/// Counts in any thread.
private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
}
