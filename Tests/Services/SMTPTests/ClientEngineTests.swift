import Mail
import NIOCore
import TestSupport
import Testing

@testable import SMTP

@Suite("SMTP client engine")
struct ClientEngineTests {
    private static let envelope = Envelope(
        sender: MailAddress("a@example.org"),
        recipients: ["b@example.com", "c@example.com"].compactMap { MailAddress($0) }.map { EnvelopeRecipient($0) })

    /// Gives an engine a server's replies and returns what it does, a line for each action.
    private func run(
        _ replies: [String], tls: SMTPClientEngine.TLSPolicy = .opportunistic,
        credentials: (user: String, password: String)? = nil, envelope: Envelope? = Self.envelope, size: Int = 100
    ) throws -> [String] {
        var options = SMTPClientEngine.Options(hostname: "client.example")
        options.tls = tls
        options.credentials = credentials
        var engine = SMTPClientEngine(options: options, isSecure: false)
        var parser = SMTPReplyParser()
        var output: [String] = []
        var envelope = envelope
        func perform(_ actions: [SMTPClientEngine.Action]) {
            for action in actions {
                switch action {
                case .send(let text): output += text.split(separator: "\r\n").map(String.init)
                case .startTLS:
                    output.append("! TLS")
                    perform(engine.secured())
                case .ready:
                    if let next = envelope {
                        envelope = nil
                        perform(engine.begin(next, size: size))
                    } else {
                        perform(engine.quit())
                    }
                case .sendText(let isEmpty): output.append(isEmpty ? "." : "! text")
                case .finished(let outcomes):
                    for outcome in outcomes {
                        switch outcome {
                        case .delivered(let reply): output.append("! delivered \(reply.code)")
                        case .later(let reply): output.append("! later \(reply.code)")
                        case .failed(let reply): output.append("! failed \(reply.code) \(reply.status ?? "")")
                        }
                    }
                case .failed(let failure): output.append("! broken: \(failure.code)")
                case .closed: output.append("! closed")
                }
            }
        }
        for line in replies {
            if let reply = try parser.receive(line.utf8) { perform(engine.receive(reply)) }
        }
        return output
    }

    private static let hello = ["220 hello", "250-mx", "250-PIPELINING", "250-8BITMIME", "250 SIZE 1000"]
    private static let transaction = [
        "EHLO client.example", "MAIL FROM:<a@example.org> SIZE=100", "RCPT TO:<b@example.com>",
        "RCPT TO:<c@example.com>",
        "DATA",
    ]

    @Test("Commands go out together where the server reads ahead, and each recipient gets its outcome")
    func pipelining() throws {
        #expect(
            try run(Self.hello + ["250 ok", "250 ok", "450 4.2.1 busy", "354 go", "250 2.0.0 done"])
                == Self.transaction + ["! text", "! delivered 250", "! later 450"])
    }

    @Test("A server that knows no extensions is spoken to in its own way, one command at a time")
    func old() throws {
        #expect(
            try run(["220 hi", "502 what", "250 old"]) == [
                "EHLO client.example", "HELO client.example", "MAIL FROM:<a@example.org>",
            ])
        #expect(
            try run(["220 hi", "502 what", "250 old", "250 ok", "550 no", "550 no"])
                == [
                    "EHLO client.example", "HELO client.example", "MAIL FROM:<a@example.org>",
                    "RCPT TO:<b@example.com>",
                    "RCPT TO:<c@example.com>", "! failed 550 ", "! failed 550 ",
                ])
    }

    @Test("Text that nobody wants any more is not sent, although it was asked for")
    func nobody() throws {
        #expect(
            try run(Self.hello + ["250 ok", "550 5.1.1 no", "551 no", "354 go", "554 no valid recipients"])
                == Self.transaction + [".", "! failed 550 5.1.1", "! failed 551 "])
    }

    @Test("A sender that is refused is refused for all recipients")
    func sender() throws {
        #expect(
            try run(Self.hello + ["451 4.7.1 greylisted", "503 no", "503 no", "503 no"])
                == Self.transaction + ["! later 451", "! later 451"])
    }

    @Test("A server that gives up within a transaction is tried again later")
    func shutdown() throws {
        #expect(
            try run(Self.hello + ["250 ok", "550 5.1.1 no", "421 4.3.2 stopping"])
                == Self.transaction + ["! failed 550 5.1.1", "! later 421", "! broken: busy"])
        #expect(try run(["554 5.7.1 go away"]) == ["! broken: refused"])
        #expect(try run(["421 busy"]) == ["! broken: busy"])
    }

    @Test("What the next host cannot take is not offered to it")
    func unsendable() throws {
        #expect(try run(Self.hello, size: 1001).suffix(2) == ["! failed 552 5.3.4", "! failed 552 5.3.4"])
        var envelope = Self.envelope
        envelope.sender = MailAddress("käthe@example.org")
        #expect(try run(Self.hello, envelope: envelope).last == "! failed 553 5.6.7")
        envelope.sender = nil
        envelope.isEightBit = true
        #expect(try run(["220 hi", "250 mx"], envelope: envelope).last == "! failed 554 5.6.3")
        #expect(try run(Self.hello, envelope: envelope)[1] == "MAIL FROM:<> SIZE=100 BODY=8BITMIME")
    }

    @Test("What senders want to know is passed on to those who can tell")
    func reports() throws {
        var envelope = Self.envelope
        envelope.identifier = "x+2By"
        envelope.returnsContent = false
        envelope.recipients = [
            EnvelopeRecipient(
                envelope.recipients[0].address, notify: [.success, .failure], originalRecipient: "rfc822;b@example.net")
        ]
        #expect(
            try run(["220 hi", "250-mx", "250-PIPELINING", "250 DSN"], envelope: envelope).dropFirst()
                == [
                    "MAIL FROM:<a@example.org> RET=HDRS ENVID=x+2By",
                    "RCPT TO:<b@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@example.net", "DATA",
                ])
        #expect(try run(["220 hi", "250 mx"], envelope: envelope).last == "MAIL FROM:<a@example.org>")
    }

    @Test("TLS is used where it is offered, and nothing is sent without it where it is required")
    func tls() throws {
        let tls = ["220 hi", "250-mx", "250 STARTTLS", "220 go"]
        #expect(
            try run(tls + ["250 mx"]) == [
                "EHLO client.example", "STARTTLS", "! TLS", "EHLO client.example", "MAIL FROM:<a@example.org>",
            ])
        #expect(try run(Array(tls.dropLast()), tls: .never).last == "MAIL FROM:<a@example.org>")
        #expect(try run(["220 hi", "250-mx", "250 STARTTLS", "454 no"]).last == "MAIL FROM:<a@example.org>")
        #expect(try run(["220 hi", "250 mx"], tls: .required).last == "! broken: insecure")
        #expect(try run(["220 hi", "250-mx", "250 STARTTLS", "454 no"], tls: .required).last == "! broken: insecure")
        #expect(try run(["220 hi", "502 no"], tls: .required).last == "! broken: busy")
    }

    @Test("A password is not given away in plaintext")
    func logIn() throws {
        let user = (user: "a@example.org", password: "secret")
        #expect(try run(["220 hi", "250-mx", "250 AUTH PLAIN LOGIN"], credentials: user).last == "! broken: logIn")
        #expect(
            try run(
                ["220 hi", "250-mx", "250 STARTTLS", "220 go", "250-mx", "250 AUTH PLAIN", "235 ok"], credentials: user
            ).suffix(2) == ["AUTH PLAIN AGFAZXhhbXBsZS5vcmcAc2VjcmV0", "MAIL FROM:<a@example.org>"])
        #expect(
            try run(
                ["220 hi", "250-mx", "250 STARTTLS", "220 go", "250-mx", "250 AUTH PLAIN", "535 no"], credentials: user
            ).last == "! broken: logIn")
        // A server that lets us in without having proved that it knows the password.
        #expect(
            try run(["220 hi", "250-mx", "250 AUTH SCRAM-SHA-256", "235 ok"], credentials: user).last
                == "! broken: logIn")
    }
}

@Suite("Randomised SMTP client")
struct RandomisedClientTests {
    @Test("Whatever a server answers, each message ends with one outcome for each recipient")
    func answers() {
        var generator = SeededGenerator(seed: 5321)
        let codes = [220, 250, 250, 250, 354, 354, 421, 450, 550, 334, 235, 554]
        for _ in 0..<fuzzRounds(default: 2000) {
            var engine = SMTPClientEngine(options: SMTPClientEngine.Options(hostname: "c"), isSecure: true)
            let envelope = Envelope(
                sender: nil,
                recipients: ["a@b.example", "c@d.example"].compactMap { MailAddress($0) }.map { EnvelopeRecipient($0) })
            var begun = 0
            var finished = 0
            func perform(_ actions: [SMTPClientEngine.Action]) {
                for action in actions {
                    switch action {
                    case .ready:
                        begun += 1
                        perform(engine.begin(envelope, size: 1))
                    case .finished(let outcomes):
                        finished += 1
                        #expect(outcomes.count == 2)
                    default: break
                    }
                }
            }
            for _ in 0..<Int.random(in: 1...14, using: &generator) {
                let lines = Bool.random(using: &generator) ? ["mx", "PIPELINING"] : ["mx"]
                perform(engine.receive(SMTPReply(codes.randomElement(using: &generator) ?? 250, nil, lines: lines)))
            }
            perform(engine.disconnected(SMTPClientFailure(.unreachable, "gone")))
            #expect(begun == finished)
        }
    }

    @Test("What is stuffed with dots reads back the same, in whatever pieces, with CR LF at every line's end")
    func stuffing() {
        var generator = SeededGenerator(seed: 822)
        for _ in 0..<fuzzRounds(default: 2000) {
            let octets = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                Array(".\r\n.\r\nab".utf8).randomElement(using: &generator) ?? 0
            }
            var stuffer = DotStuffer()
            var sent: [UInt8] = []
            var rest = octets[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...rest.count, using: &generator)
                sent += stuffer.stuff(ByteBuffer(bytes: rest.prefix(count))).readableBytesView
                rest = rest.dropFirst(count)
            }
            sent += stuffer.end().readableBytesView
            // As a strict server reads it.
            var lines = String(decoding: sent, as: UTF8.self).components("\r\n")
            #expect(lines.popLast() == "" && lines.popLast() == ".")
            #expect(!lines.contains(".") && !lines.contains { $0.contains("\r") || $0.contains("\n") })
            let read = lines.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
            var expected: [String] = []
            var line: [UInt8] = []
            var index = 0
            while index < octets.count {
                if octets[index] == 0x0D || octets[index] == 0x0A {
                    if octets[index] == 0x0D, index + 1 < octets.count, octets[index + 1] == 0x0A { index += 1 }
                    expected.append(String(decoding: line, as: UTF8.self))
                    line = []
                } else {
                    line.append(octets[index])
                }
                index += 1
            }
            if !line.isEmpty { expected.append(String(decoding: line, as: UTF8.self)) }
            #expect(read == expected, "\(octets)")
        }
    }
}

extension String {
    /// Split at a separator, by octets and not by characters (of which CR LF is one).
    fileprivate func components(_ separator: String) -> [String] {
        var result: [String] = []
        var current: [UInt8] = []
        let octets = Array(utf8)
        let end = Array(separator.utf8)
        var index = 0
        while index < octets.count {
            if octets[index...].starts(with: end) {
                result.append(String(decoding: current, as: UTF8.self))
                current = []
                index += end.count
            } else {
                current.append(octets[index])
                index += 1
            }
        }
        return result + [String(decoding: current, as: UTF8.self)]
    }
}
