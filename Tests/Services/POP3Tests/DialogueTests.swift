import Accounts
import Foundation
import LineProtocol
import NIOCore
import Testing

@testable import POP3

/// Plays the files in `Dialogues` against the engine, with a maildrop of three messages.
///
/// `>` is a command, `!` a fault of a line, `<` a line of a response, `*` another action, `@` a setting or an event,
/// `#` a comment.
@Suite("POP3 dialogues")
struct DialogueTests {
    static let names = [
        "log-in", "sasl", "plaintext", "tls", "guessing", "in-use", "unavailable", "transaction", "removal", "faults",
        "unknown-protocol",
    ]

    @Test("goes as written", arguments: names)
    func dialogue(name: String) throws {
        let file = try #require(Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Dialogues"))
        let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
        var player = Player()
        for line in expected {
            switch line.prefix(2) {
            case "> ": player.send(String(line.dropFirst(2)))
            case "! ": player.send(fault: String(line.dropFirst(2)))
            case "@ ": player.set(String(line.dropFirst(2)))
            default: player.begin()
            }
        }
        #expect(player.transcript == expected)
    }

    @Test("Every file is played")
    func complete() throws {
        let folder = try #require(Bundle.module.url(forResource: "Dialogues", withExtension: nil))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
        #expect(files.sorted() == Self.names.map { $0 + ".txt" }.sorted())
    }
}

/// Does what an engine asks for, and keeps what was said.
private struct Player {
    private static let messages = [
        "Subject: one\r\n\r\nFirst\r\n.\r\n..dots\r\nlast\r\n",
        "Subject: two\r\n\r\nno end",
        "Subject: three\n\n.\nbody\n",
    ]

    private var configuration = POP3Session.Configuration()
    private var isSecure = true
    private var opening: MaildropError?
    private var removing: MaildropError?
    private var checking: MaildropError?
    private var missing: Set<Int> = []
    private var session: POP3Session?
    private(set) var transcript: [String] = []

    mutating func begin() {
        if session != nil { return }
        session = POP3Session(configuration: configuration, isSecure: isSecure)
        tell(.connected)
    }

    mutating func set(_ setting: String) {
        transcript.append("@ " + setting)
        switch setting {
        case "tls offered": (configuration.offersTLS, isSecure) = (true, false)
        case "no tls": isSecure = false
        case "plaintext allowed": (configuration.allowsPlaintextPasswords, isSecure) = (true, false)
        case "in use": opening = MaildropError(.inUse, "in use")
        case "free": opening = nil
        case "maildrop broken": opening = MaildropError(.unavailable, "broken")
        case "passwords broken": checking = MaildropError(.unavailable, "broken")
        case "removal broken": removing = MaildropError(.unavailable, "broken")
        case "message 2 gone": missing = [1]
        case "stopping": tell(.stopping)
        default:
            let before = transcript
            for line in ["USER anna@example.test", "PASS secret word"] { send(line) }
            transcript = before
        }
    }

    mutating func send(_ line: String) {
        begin()
        transcript.append("> " + line)
        tell(.line(ByteBuffer(string: line)))
    }

    mutating func send(fault: String) {
        let faults: [String: LineDecoder.Fault] = [
            "bareCR": .bareCR, "bareLF": .bareLF, "nul": .nul, "tooLong": .tooLong,
        ]
        begin()
        transcript.append("! " + fault)
        if let fault = faults[fault] { tell(.fault(fault)) }
    }

    private mutating func tell(_ event: POP3Session.Event) {
        guard var session else { return }
        let actions = session.handle(event)
        self.session = session
        for action in actions { perform(action) }
    }

    private mutating func perform(_ action: POP3Session.Action) {
        switch action {
        case .reply(let text): say(ByteBuffer(string: text))
        case .list(var listing):
            var output = ByteBuffer()
            while listing.write(to: &output) {}
            say(output)
        case .send(let message, let reply, let bodyLines):
            if missing.contains(message) { return tell(.failed(MaildropError(.gone, "gone"))) }
            var output = ByteBuffer(string: reply)
            var encoder = MultilineEncoder(bodyLines: bodyLines)
            encoder.encode(ByteBuffer(string: Self.messages[message]), into: &output)
            encoder.finish(into: &output)
            say(output)
        case .startTLS:
            transcript.append("* tls")
            tell(.secured)
        case .checkPassword(let user, let password):
            if let checking { return tell(.failed(checking)) }
            tell(.checked(password == "secret word" && user == "anna@example.test" ? AccountName(user) : nil))
        case .findKeys:
            if let checking { return tell(.failed(checking)) }
            transcript.append("* find keys")
        case .open(let account):
            transcript.append("* open \(account)")
            if let opening { return tell(.failed(opening)) }
            tell(
                .opened(
                    Self.messages.enumerated().map { index, text in
                        MaildropMessage(size: text.utf8.count, uniqueID: "7.\(index * 4 + 1)")
                    }))
        case .remove(let messages):
            transcript.append("* remove \(messages.map { String($0 + 1) }.joined(separator: " "))")
            tell(removing.map { .failed($0) } ?? .removed)
        case .delay: transcript.append("* delay")
        case .close: transcript.append("* close")
        }
    }

    private mutating func say(_ output: ByteBuffer) {
        transcript += String(buffer: output).components(separatedBy: "\r\n").dropLast().map { "< " + $0 }
    }
}
