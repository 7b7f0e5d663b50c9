@testable import FTP
import Foundation
import LineProtocol
import Testing

/// Plays the files in `Dialogues` against the engine, with a folder for its files; data connections are pretended.
///
/// `>` is a command, `!` a fault of a line, `<` a line of a reply, `*` another action, `@` a setting, `#` a comment.
@Suite("FTP dialogues")
struct DialogueTests {
    static let names = [
        "log-in", "guessing", "tls", "tls-required", "bounce", "passive", "transfers", "restarts", "files", "names",
        "confinement", "read-only", "drop-box", "site", "faults",
    ]

    @Test("goes as written", arguments: names)
    func dialogue(name: String) throws {
        let file = try #require(Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Dialogues"))
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.fill(folder)
        var player = Player(files: try POSIXFileSystem(root: folder.path(percentEncoded: false)))
        let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
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

    private static func fill(_ folder: URL) throws {
        let dir = folder.appending(component: "dir")
        try FileManager.default.createDirectory(at: dir, withIntermediateDirectories: true)
        let hello = folder.appending(component: "hello.txt")
        try Data("hello\n".utf8).write(to: hello)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_767_323_045)],
            ofItemAtPath: hello.path(percentEncoded: false))
        for (name, target) in [("link", "/etc/passwd"), ("linked-folder", "/etc")] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(component: name).path(percentEncoded: false), withDestinationPath: target)
        }
    }
}

/// Does what an engine asks for, and keeps what was said.
private struct Player {
    private let files: any FileSystem
    private var configuration = FTPEngine.Configuration()
    private var engine: FTPEngine?
    private(set) var transcript: [String] = []
    private static let now = ContinuousClock().now

    init(files: any FileSystem) { self.files = files }

    mutating func begin() {
        guard engine == nil else { return }
        let engine = FTPEngine(
            configuration: configuration, peer: Endpoint(host: "127.0.0.1", port: 4000),
            local: Endpoint(host: "127.0.0.1", port: 21), isSecure: false, now: Self.now)
        self.engine = engine
        perform(engine.greeting())
    }

    mutating func set(_ setting: String) {
        transcript.append("@ " + setting)
        let words = setting.split(separator: " ").map(String.init)
        switch words[0] {
        case "tls": configuration.offersTLS = true
        case "tls-required": (configuration.offersTLS, configuration.requiresTLS) = (true, true)
        case "site": configuration.siteCommands.insert(words[1])
        default:
            begin()
            let before = transcript.dropLast()
            for line in ["USER \(words[1])", "PASS secret"] { send(line) }
            transcript = Array(before)
        }
    }

    mutating func send(_ line: String) {
        begin()
        transcript.append("> " + line)
        tell { $0.receive(Array(line.utf8), now: Self.now) }
    }

    mutating func send(fault: String) {
        let faults: [String: LineDecoder.Fault] = [
            "bareCR": .bareCR, "bareLF": .bareLF, "nul": .nul, "tooLong": .tooLong,
        ]
        transcript.append("! " + fault)
        if let fault = faults[fault] { tell { $0.receive(fault, now: Self.now) } }
    }

    private mutating func tell(_ body: (inout FTPEngine) -> [FTPEngine.Action]) {
        guard var engine else { return }
        let actions = body(&engine)
        self.engine = engine
        perform(actions)
    }

    private mutating func perform(_ actions: [FTPEngine.Action]) {
        for action in actions {
            switch action {
            case .reply(let reply):
                transcript += reply.text.components(separatedBy: "\r\n").dropLast().map { "< " + $0 }
            case .startTLS:
                transcript.append("* tls")
                engine?.secured()
            case .close: transcript.append("* close")
            case .dropData: transcript.append("* drop")
            case .listen:
                transcript.append("* listen")
                tell { $0.listening(on: Endpoint(host: "127.0.0.1", port: 50000)) }
            case .logIn(let user, let password):
                let access: FTPUser.Access? = ["anna": .full, "reader": .readOnly, "dropper": .uploadOnly][user]
                let known = password == "secret" ? access.map { FTPUser(name: user, access: $0) } : nil
                tell { $0.loggedIn(known) }
            case .ask(let request):
                do throws(FileError) {
                    let answer = try files.answer(request)
                    tell { $0.answered(answer) }
                } catch {
                    tell { $0.answered(.failed(error)) }
                }
            case .transfer(let transfer):
                transcript.append("* transfer " + describe(transfer))
                tell { $0.transferBegan() }
                tell { $0.transferEnded(.complete(nil), now: Self.now) }
            case .abortTransfer: transcript.append("* abort")
            case .site(let command, let argument):
                transcript.append("* site \(command) \(argument)")
                tell { $0.siteReplied(FTPReply(200, "site reply")) }
            }
        }
    }

    private func describe(_ transfer: FTPTransfer) -> String {
        let kind =
            switch transfer.kind {
            case .retrieve(let path, let offset): "retrieve \(path) \(offset)"
            case .store(let path, let mode): "store \(path) \(mode)"
            case .list(let path, let format, let pattern, let literal):
                "list \(path) \(format == .long ? "long" : format == .names ? "names" : "machine")"
                    + (pattern.map { " " + $0 } ?? "") + (literal.map { " unless there is \($0)" } ?? "")
            }
        let channel =
            switch transfer.channel {
            case .passive: "passive"
            case .active(let target): "\(target)"
            }
        return
            "\(kind) \(channel) \(transfer.isASCII ? "ASCII" : "image") \(transfer.isProtected ? "protected" : "clear")"
            + (transfer.size.map { " of \($0)" } ?? "")
    }
}
