@testable import FTP
import Foundation
import LineProtocol
import NIOCore
import TestSupport
import Testing

@Suite("FTP engine")
struct EngineTests {
    private let start = ContinuousClock().now

    private func engine(loggedIn: Bool = true) -> FTPEngine {
        var engine = FTPEngine(
            configuration: FTPEngine.Configuration(), peer: Endpoint(host: "127.0.0.1", port: 4000),
            local: Endpoint(host: "127.0.0.1", port: 21), isSecure: false, now: start)
        if loggedIn {
            _ = engine.receive(Array("USER a".utf8), now: start)
            _ = engine.receive(Array("PASS b".utf8), now: start)
            _ = engine.loggedIn(FTPUser(name: "a", access: .full))
        }
        return engine
    }

    private func codes(_ actions: [FTPEngine.Action]) -> [Int] {
        actions.compactMap { if case .reply(let reply) = $0 { reply.code } else { nil } }
    }

    /// One that is in the middle of an upload.
    private func transferring() -> FTPEngine {
        var engine = engine()
        _ = engine.receive(Array("EPSV".utf8), now: start)
        _ = engine.listening(on: Endpoint(host: "127.0.0.1", port: 50000))
        _ = engine.receive(Array("STOR x".utf8), now: start)
        _ = engine.transferBegan()
        return engine
    }

    @Test("Who says nothing is closed, sooner before logging in, and never during a transfer")
    func idle() {
        var stranger = engine(loggedIn: false)
        #expect(stranger.idled(now: start + .seconds(59)) == [])
        #expect(stranger.patience(now: start + .seconds(59)) == .seconds(1))
        #expect(codes(stranger.idled(now: start + .seconds(60))) == [421])
        var user = engine()
        #expect(user.idled(now: start + .seconds(299)) == [])
        #expect(codes(user.idled(now: start + .seconds(300))) == [421])
        var busy = transferring()
        #expect(busy.idled(now: start + .seconds(3000)) == [])
        #expect(codes(busy.transferEnded(.complete(nil), now: start + .seconds(5000))) == [226])
        #expect(busy.idled(now: start + .seconds(5299)) == [])
        #expect(codes(busy.idled(now: start + .seconds(5300))) == [421])
    }

    @Test("During a transfer ABOR, STAT and NOOP are answered, and others wait for its end")
    func transfer() {
        var engine = transferring()
        engine.transferredBytes = 42
        let status = engine.receive(Array("STAT".utf8), now: start)
        #expect(status == [.reply(FTPReply(213, "STOR /x: 42 octets so far."))])
        #expect(codes(engine.receive(Array("NOOP".utf8), now: start)) == [200])
        #expect(engine.receive(Array("PWD".utf8), now: start) == [])
        #expect(engine.receive(Array("TYPE I".utf8), now: start) == [])
        #expect(codes(engine.transferEnded(.complete("job 7"), now: start)) == [226, 257, 200])

        engine = transferring()
        #expect(engine.receive(Array("ABOR".utf8), now: start) == [.abortTransfer])
        #expect(codes(engine.transferEnded(.aborted, now: start)) == [426, 226])
    }

    @Test("Lines that wait are few, and an end can be asked for behind them; more end the session")
    func held() {
        var engine = transferring()
        for _ in 0..<FTPEngine.heldCommands { #expect(engine.receive(Array("PWD".utf8), now: start) == []) }
        #expect(engine.acceptsLines)
        #expect(engine.receive(Array("ABOR".utf8), now: start) == [.abortTransfer])
        let replies = codes(engine.transferEnded(.aborted, now: start))
        #expect(replies == [426, 226] + Array(repeating: 257, count: FTPEngine.heldCommands))
        engine = transferring()
        for _ in 0..<FTPEngine.heldCommands { _ = engine.receive(Array("PWD".utf8), now: start) }
        #expect(codes(engine.receive(Array("PWD".utf8), now: start)) == [421])
        #expect(!engine.acceptsLines)
    }

    @Test("AUTH is refused at once during a transfer, whatever waits; what waits behind REIN is a stranger's")
    func heldAccess() {
        var engine = FTPEngine(
            configuration: {
                var tls = FTPEngine.Configuration(); tls.offersTLS = true; return tls
            }(),
            peer: Endpoint(host: "127.0.0.1", port: 4000), local: Endpoint(host: "127.0.0.1", port: 21),
            isSecure: false, now: start)
        for line in ["USER a", "PASS b"] { _ = engine.receive(Array(line.utf8), now: start) }
        _ = engine.loggedIn(FTPUser(name: "a", access: .full))
        _ = engine.receive(Array("EPSV".utf8), now: start)
        _ = engine.listening(on: Endpoint(host: "127.0.0.1", port: 50000))
        let download = engine.receive(Array("RETR x".utf8), now: start)
        #expect(download.contains { $0.isQuestion })
        for isBegun in [false, true] {
            if isBegun { _ = engine.transferBegan() }
            #expect(codes(engine.receive(Array("AUTH TLS".utf8), now: start)) == [503])
            #expect(engine.receive(Array("PWD".utf8), now: start) == [])
        }
        #expect(engine.receive(Array("REIN".utf8), now: start) == [])
        #expect(engine.receive(Array("MKD injected".utf8), now: start) == [])
        let actions = engine.transferEnded(.complete(nil), now: start)
        #expect(codes(actions) == [226, 257, 257, 220, 530])
        #expect(!actions.contains(.startTLS))
    }

    @Test("When a password cannot be checked, what waits behind it is still answered")
    func logInFailure() {
        var engine = transferring()
        _ = engine.receive(Array("REIN".utf8), now: start)
        for line in ["USER a", "PASS b", "SYST"] { #expect(engine.receive(Array(line.utf8), now: start) == []) }
        let ended = engine.transferEnded(.complete(nil), now: start)
        #expect(codes(ended) == [226, 220, 331] && ended.last == .logIn(user: "a", password: "b"))
        #expect(codes(engine.logInFailed()) == [451, 215])
    }

    @Test("Who says things but does not log in is closed all the same")
    func chattyStranger() {
        var engine = engine(loggedIn: false)
        var now = start
        for _ in 0..<11 {
            now += .seconds(10)
            #expect(codes(engine.receive(Array("NOOP".utf8), now: now)) == [200])
        }
        #expect(engine.patience(now: now) == .seconds(10))
        #expect(codes(engine.receive(Array("NOOP".utf8), now: now + .seconds(10))) == [421])
        #expect(!engine.acceptsLines)
        // After REIN one has as long again, and no longer.
        engine = self.engine()
        #expect(codes(engine.receive(Array("REIN".utf8), now: start + .seconds(200))) == [220])
        for _ in 0..<2 { #expect(codes(engine.receive(Array("REIN".utf8), now: start + .seconds(250))) == [220]) }
        #expect(engine.patience(now: start + .seconds(300)) == .seconds(10))
        #expect(codes(engine.idled(now: start + .seconds(310))) == [421])
        #expect(codes(engine.receive(.nul, now: start + .seconds(320))) == [])
    }

    @Test("A listener that no transfer uses is given up, whatever is said meanwhile")
    func unusedListener() {
        var engine = engine()
        _ = engine.receive(Array("EPSV".utf8), now: start)
        _ = engine.listening(on: Endpoint(host: "127.0.0.1", port: 50000))
        #expect(
            engine.receive(Array("NOOP".utf8), now: start + .seconds(20)) == [.reply(FTPReply(200, "Nothing done."))])
        #expect(engine.patience(now: start + .seconds(20)) == .seconds(10))
        #expect(engine.idled(now: start + .seconds(29)) == [])
        #expect(engine.idled(now: start + .seconds(30)) == [.dropData])
        #expect(codes(engine.receive(Array("RETR x".utf8), now: start + .seconds(31))) == [425])
        _ = engine.receive(Array("EPSV".utf8), now: start + .seconds(40))
        _ = engine.listening(on: Endpoint(host: "127.0.0.1", port: 50000))
        let late = engine.receive(Array("LIST".utf8), now: start + .seconds(71))
        #expect(late.first == .dropData && codes(late) == [425])
    }

    @Test("A name that is not UTF-8 is refused, and is no fault of the client")
    func strangeNames() {
        var engine = engine()
        for _ in 0..<20 {
            #expect(codes(engine.receive(Array("MKD ".utf8) + [0xFC], now: start)) == [553])
            #expect(codes(engine.receive(Array("SIZE ".utf8) + [0xFC], now: start)) == [501])
        }
        var stranger = self.engine(loggedIn: false)
        #expect(codes(stranger.receive(Array("USER ".utf8) + [0xFC], now: start)) == [501])
        _ = stranger.receive(Array("USER a".utf8), now: start)
        #expect(codes(stranger.receive(Array("PASS ".utf8) + [0xFC], now: start)) == [501])
        for count in 1...10 {
            let line: [UInt8] = count == 1 ? [0xFC] : Array("FNORD ".utf8) + [0xFC]
            #expect(codes(engine.receive(line, now: start)) == [count < 10 ? 500 : 421])
        }
    }

    @Test("MLSD of a file is a wrong argument")
    func listedFile() {
        var engine = engine()
        for (verb, code) in [("MLSD", 501), ("LIST", 550)] {
            _ = engine.receive(Array("EPSV".utf8), now: start)
            _ = engine.listening(on: Endpoint(host: "127.0.0.1", port: 50000))
            _ = engine.receive(Array("\(verb) a".utf8), now: start)
            #expect(codes(engine.transferEnded(.failed(.notADirectory), now: start)) == [code])
        }
    }

    @Test("A server that stops says so when nothing is under way")
    func stop() {
        var engine = engine()
        #expect(codes(engine.stop()) == [421])
        engine = transferring()
        #expect(engine.stop() == [])
        _ = engine.transferEnded(.complete(nil), now: start)
        #expect(codes(engine.stop()) == [421])
    }

    @Test("Telnet's commands are taken out, its offers turned down, its doubled octets made one")
    func telnet() {
        var filter = TelnetFilter()
        #expect(filter.strip(ByteBuffer(string: "NOOP\r\n")).text == ByteBuffer(string: "NOOP\r\n"))
        // IAC IP IAC DM, in pieces.
        var text = ByteBuffer()
        var answers: [UInt8] = []
        for octet: UInt8 in [255, 244, 255, 242, 65, 66, 255, 253, 1, 255, 251, 3, 67, 255, 255, 13, 10] {
            var (part, more) = filter.strip(ByteBuffer(integer: octet))
            text.writeBuffer(&part)
            answers += more
        }
        #expect(text == ByteBuffer(bytes: [65, 66, 67, 255, 13, 10]))
        #expect(answers == [255, 252, 1, 255, 254, 3])
    }

    @Test("Ends of lines change between wire and file, whatever pieces they come in")
    func conversion() {
        for step in 1...4 {
            let wire = Array("a\r\nb\r\r\nc\rd\n\r\n\r".utf8)
            var incoming = ASCIIConversion()
            var file = ByteBuffer()
            for start in stride(from: 0, to: wire.count, by: step) {
                var part = incoming.incoming(ByteBuffer(bytes: wire[start..<min(start + step, wire.count)]))
                file.writeBuffer(&part)
            }
            var end = incoming.end()
            file.writeBuffer(&end)
            #expect(String(buffer: file) == "a\nb\r\nc\rd\n\n\r")
            let local = Array("a\nb\r\n\nc".utf8)
            var outgoing = ASCIIConversion()
            var sent = ByteBuffer()
            for start in stride(from: 0, to: local.count, by: step) {
                var part = outgoing.outgoing(ByteBuffer(bytes: local[start..<min(start + step, local.count)]))
                sent.writeBuffer(&part)
            }
            #expect(String(buffer: sent) == "a\r\nb\r\n\r\nc")
        }
    }

    @Test("A pace has a transfer wait as long as it was too fast, in short pauses")
    func pace() {
        let pace = TransferPace(rate: 1000)
        #expect(pace.pause(after: 500, in: .milliseconds(200)) == .milliseconds(300))
        #expect(pace.pause(after: 500, in: .seconds(1)) == .zero)
        #expect(pace.piece(1 << 20) == 250)
        #expect(TransferPace(rate: nil).pause(after: 1 << 40, in: .zero) == .zero)
        #expect(TransferPace(rate: 1).piece(100) == 1)
    }

    @Test("Times go both ways", arguments: [0, 951_782_399, 951_868_800, 1_767_323_045, 4_107_542_400])
    func dates(seconds: Int) throws {
        let date = Date(timeIntervalSince1970: Double(seconds))
        let text = FTPDate.text(date)
        #expect(FTPDate.parse(text) == date)
        #expect(text == date.formatted(.iso8601).filter(\.isNumber))
        #expect(FTPDate.parse(text + ".5") == date)
        for wrong in [
            "", "2026", "20260230000000", "20260101240000", "20261301000000", "2026010100000x", "+2026010100000",
        ] {
            #expect(FTPDate.parse(wrong) == nil)
        }
    }

    @Test("No reply is broken by a file's name")
    func replies() {
        #expect(FTPReply(257, "a\r\nb").text == "257 ab\r\n")
        #expect(FTPReply(213, lines: ["x", "213 forged", "End"]).text == "213-x\r\n 213 forged\r\n213 End\r\n")
    }
}

@Suite("Randomised FTP commands")
struct RandomisedFTPTests {
    @Test("Whatever is sent, every command is answered or waited for, and nothing is done for a stranger")
    func commands() {
        var generator = SeededGenerator(seed: 959)
        let start = ContinuousClock().now
        let verbs = FTPCommand.known.sorted() + ["", "FNORD", "é"]
        let arguments = [
            "", "a", "/", "..", "|1|127.0.0.1|5000|", "127,0,0,1,20,20", "ALL", "1", "I", "A", "P", "TLS", "0", "-5",
            "-la",
            "99999999999999999999", "20260101000000 x", "MLST size;", "UTF8 ON", "HELP", "*",
            String(repeating: "x/", count: 200),
        ]
        for _ in 0..<fuzzRounds(default: 500) {
            var engine = FTPEngine(
                configuration: FTPEngine.Configuration(), peer: Endpoint(host: "127.0.0.1", port: 4000),
                local: Endpoint(host: "127.0.0.1", port: 21), isSecure: Bool.random(using: &generator), now: start)
            for _ in 0..<30 {
                let line =
                    (verbs.randomElement(using: &generator) ?? "") + " "
                    + (arguments.randomElement(using: &generator) ?? "")
                var actions = engine.receive(Array(line.utf8), now: start)
                #expect(!actions.isEmpty || engine.isTransferring || engine.isClosing, "\(line)")
                for _ in 0..<4 {
                    guard let action = actions.first(where: \.isQuestion) else { break }
                    switch action {
                    case .logIn: actions = engine.loggedIn(nil)
                    case .listen: actions = engine.listening(on: nil)
                    case .startTLS:
                        engine.secured()
                        actions = []
                    case .ask, .transfer, .site:
                        Issue.record("something was done for a stranger: \(line)")
                        return
                    case .reply, .close, .dropData, .abortTransfer: break
                    }
                }
            }
        }
    }

    @Test("Whatever path is given, it stays below the root and says the same when read again")
    func paths() {
        var generator = SeededGenerator(seed: 2577)
        let pieces = ["/", "..", ".", "a", "é", "//", "...", "\0", "\u{1}", "\u{7F}", "\t", " ", "~", "\\", "a/b"]
        for _ in 0..<fuzzRounds(default: 2000) {
            let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            guard let path = VirtualPath(text, from: VirtualPath("/base/dir") ?? .root) else { continue }
            #expect(!path.components.contains { $0 == ".." || $0 == "." || $0.isEmpty || $0.contains("/") })
            #expect(!path.description.utf8.contains { $0 < 0x20 || $0 == 0x7F })
            #expect(VirtualPath(path.description) == path)
        }
    }
}
