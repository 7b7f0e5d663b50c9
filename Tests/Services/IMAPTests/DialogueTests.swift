import Foundation
import Testing

@testable import IMAP

/// Plays the files in `Dialogues` over a real connection: `>` is a line that the client sends, `<` one that the server
/// answers, `#` a comment. Validities differ from run to run: they read `VALIDITY`.
@Suite("IMAP dialogues")
struct IMAPDialogueTests {
    static let names = [
        "log-in", "guessing", "select", "fetch", "sections", "store", "copy-and-move", "expunge", "search", "esearch",
        "list", "mailboxes", "append", "literals", "revision-2", "faults", "read-only",
    ]

    @Test("goes as written", arguments: names)
    func dialogue(_ name: String) async throws {
        let file = try #require(Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Dialogues"))
        let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
        let harness = try await IMAPHarness()
        try await harness.append(simpleMessage, flags: ["\\Seen"])
        try await harness.append(mixedMessage)
        let transcript = try await harness.serve { address in
            var client = try await IMAPTestClient(address)
            var transcript: [String] = []
            for line in expected {
                if line.hasPrefix("> ") {
                    transcript.append(line)
                    try await client.send(String(line.dropFirst(2)) + "\r\n")
                } else {
                    guard let answer = try await client.line() else {
                        transcript.append("<end>")
                        break
                    }
                    let told = "< " + answer
                    transcript.append(
                        told.replacing(/(UIDVALIDITY|COPYUID|APPENDUID) \d+/) { "\($0.output.1) VALIDITY" })
                }
            }
            client.close()
            return transcript
        }
        for (told, wanted) in zip(transcript, expected) { #expect(told == wanted) }
        #expect(transcript.count == expected.count)
    }

    @Test("every file is played")
    func complete() throws {
        let folder = try #require(Bundle.module.url(forResource: "Dialogues", withExtension: nil))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
        #expect(files.sorted() == Self.names.map { $0 + ".txt" }.sorted())
    }
}

let simpleMessage = """
    Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
    From: "Terry Gray" <gray@example.test>
    Subject: Summary of the meeting
    To: imap@example.test
    cc: Friends: ann@example.test, Bob <bob@example.test>;
    Message-Id: <B27397-0100000@example.test>
    MIME-Version: 1.0
    Content-Type: TEXT/PLAIN; CHARSET=US-ASCII

    Hello, ann.
    The meeting is at noon.

    """.replacing("\n", with: "\r\n")

let mixedMessage = """
    From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.test>
    To: ann@example.test
    Subject: =?utf-8?b?RW50d8O8cmZl?= for you
    Date: Thu, 18 Jul 1996 10:00:00 +0000
    Message-ID: <2@example.test>
    In-Reply-To: <B27397-0100000@example.test>
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="b"

    preamble
    --b
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: quoted-printable
    Content-Language: de

    Gr=C3=BC=C3=9Fe
    --b
    Content-Type: message/rfc822

    From: inner@example.test
    Subject: within

    inner text
    --b
    Content-Type: application/octet-stream; name="a.bin"
    Content-Transfer-Encoding: base64
    Content-Disposition: attachment; filename="a.bin"
    Content-ID: <part3@example.test>

    AAEC
    --b--

    """.replacing("\n", with: "\r\n")
