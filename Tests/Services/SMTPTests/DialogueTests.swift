import Accounts
import Foundation
import LineProtocol
import Mail
import NIOCore
import Testing

@testable import SMTP

/// Dialogues of `Dialogues/`: what a client sends (`C:`), and all that the server does about it.
@Suite("SMTP dialogues")
struct DialogueTests {
    static let names: [String] = {
        let folder = Bundle.module.resourceURL?.appending(component: "Dialogues").path() ?? ""
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }()

    @Test("The server says and does what the dialogue says", arguments: names)
    func dialogue(_ name: String) throws {
        let url = try #require(Bundle.module.resourceURL?.appending(components: "Dialogues", name))
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
        var run = DialogueRun(options: lines.first { $0.hasPrefix("options:") } ?? "")
        #expect(run.transcript(of: lines) == lines, "\(name)")
    }

    @Test("There are dialogues")
    func present() { #expect(Self.names.count >= 20) }
}

/// An engine with two accounts, alice and bob, whose password is `secret`.
struct DialogueRun {
    var engine: SMTPServerEngine
    private var buffer = ByteBuffer()
    private var decoder = LineDecoder(maximumLength: 512)
    private var body = ByteBuffer()
    private var now = Duration.zero
    private(set) var output: [String] = []
    private let isFull: Bool
    private let isUnsure: Bool
    private let isTooMuch: Bool

    init(options: String) {
        var policy = SMTPServerPolicy(hostname: "mx.example.org", localDomains: ["example.org"])
        let words = Set(options.split(separator: " ").map(String.init))
        if words.contains("submission") { policy.mode = .submission }
        policy.offersTLS = words.contains("tls")
        policy.allowsPlaintextPasswords = words.contains("plaintext-passwords")
        if words.contains("small") {
            policy.limits.recipients = 2
            policy.limits.message = 200
            policy.limits.surplus = 100
            policy.limits.errors = 3
            policy.limits.idleCommands = 3
            policy.limits.transactions = 2
            policy.limits.hops = 2
        }
        isFull = words.contains("full")
        isUnsure = words.contains("unsure")
        isTooMuch = words.contains("too-much")
        engine = SMTPServerEngine(policy: policy, peer: "192.0.2.7", isSecure: words.contains("secure"))
    }

    /// The same lines, if the engine does as they say.
    mutating func transcript(of lines: [String]) -> [String] {
        output = lines.filter { $0.hasPrefix("options:") }
        perform(engine.start(now: now))
        var index = lines.startIndex
        while index < lines.endIndex {
            let line = lines[index]
            index += 1
            if line.hasPrefix("T: ") {
                output.append(line)
                now += .seconds(Int(line.dropFirst(3)) ?? 0)
                if now >= engine.deadline { perform(engine.timedOut()) }
            } else if line.hasPrefix("C") {
                output.append(line)
                buffer.writeBytes(Self.octets(line))
                // Lines that stand together arrive together.
                if index == lines.endIndex || !lines[index].hasPrefix("C") { feed() }
            }
        }
        return output
    }

    /// `C: text` is a line, `C+ text` is not ended.
    private static func octets(_ line: String) -> [UInt8] {
        var octets: [UInt8] = []
        var rest = Array(line.utf8)[...].dropFirst(2)
        if rest.first == 0x20 { rest = rest.dropFirst() }
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                octets.append(octet)
                continue
            }
            switch escape {
            case UInt8(ascii: "r"): octets.append(0x0D)
            case UInt8(ascii: "n"): octets.append(0x0A)
            case UInt8(ascii: "0"): octets.append(0)
            case UInt8(ascii: "t"): octets.append(9)
            // `\*N:X`: N times X.
            case UInt8(ascii: "*"):
                let count = rest.prefix { $0 != UInt8(ascii: ":") }
                rest = rest[count.endIndex...].dropFirst()
                let repeated = rest.popFirst() ?? 0
                octets += Array(repeating: repeated, count: Int(String(decoding: count, as: UTF8.self)) ?? 0)
            default: octets.append(escape)
            }
        }
        return line.hasPrefix("C:") ? octets + [0x0D, 0x0A] : octets
    }

    mutating func feed(_ more: ByteBuffer = ByteBuffer()) {
        buffer.writeImmutableBuffer(more)
        while true {
            switch engine.expectation {
            case .nothing: return
            case .line(let maximum):
                decoder.maximumLength = maximum
                guard let element = decoder.next(in: &buffer) else { return }
                perform(engine.receive(element, now: now))
            case .octets(let count):
                guard buffer.readableBytes > 0,
                    let octets = buffer.readSlice(length: min(count, buffer.readableBytes))
                else { return }
                perform(engine.receive(octets: octets, now: now))
            }
        }
    }

    mutating func perform(_ actions: [SMTPServerAction]) {
        for action in actions {
            switch action {
            case .reply(let reply):
                output += reply.encoded.split(separator: "\r\n").map { "S: \($0)" }
            case .startTLS:
                output.append("! TLS")
                buffer.clear()
                decoder.reset()
                engine.secured(now: now)
            case .authenticate(var exchange, let message):
                var step = exchange.receive(message)
                if case .checkPassword(let user, let password) = step {
                    let account = ["alice@example.org", "bob@example.org"].contains(user) && password == "secret"
                    step = exchange.checked(account ? AccountName(user) : nil)
                }
                perform(engine.authenticated(exchange, isUnsure ? nil : step, now: now))
            case .admit: perform(engine.admitted(!isTooMuch))
            case .resolve(let address):
                let isKnown = ["alice", "bob", "postmaster"].contains(address.localPart.lowercased())
                perform(engine.resolved(isUnsure ? .unavailable : isKnown ? .known : .unknown))
            case .open:
                body.clear()
                perform(
                    isFull
                        ? engine.notOpened(SMTPReply(452, "4.3.1", "no room now, try again later"))
                        : engine.opened(id: "ID1", date: "Thu, 1 Jan 1970 00:00:00 +0000", now: now))
            case .write(let piece): body.writeImmutableBuffer(piece)
            case .commit(let envelope):
                var line = "! message <\(envelope.sender.map(\.description) ?? "")>"
                for recipient in envelope.recipients {
                    line += " <\(recipient.address)>"
                    if let notify = recipient.notify { line += " NOTIFY=\(notify.parameter)" }
                    if let original = recipient.originalRecipient { line += " ORCPT=\(original)" }
                }
                if let identifier = envelope.identifier { line += " ENVID=\(identifier)" }
                if let returns = envelope.returnsContent { line += " RET=\(returns ? "FULL" : "HDRS")" }
                if envelope.isEightBit { line += " 8BITMIME" }
                if envelope.isInternational { line += " SMTPUTF8" }
                output.append(line)
                output += String(buffer: body).split(separator: "\r\n", omittingEmptySubsequences: false).dropLast()
                    .map { "| \($0)" }
                perform(engine.committed(id: "ID1", now: now))
            case .discard: output.append("! discard")
            case .close: output.append("! close")
            }
        }
    }
}
