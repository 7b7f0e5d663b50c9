import Foundation
import TestSupport
import Testing

@testable import MailStore

@Suite("Randomised digests of messages")
struct RandomisedDigestTests {
    @Test("whatever a message is, its fields are short, on one line, and can be searched")
    func anything() {
        let pieces = [
            "From:", "To:", "Subject:", "Date:", "Message-ID:", "References:", "In-Reply-To:", "Sender:", " ", "\r\n",
            "\n",
            "\r\n\r\n", "<", ">", "@", ",", ";", ":", "\"", "(", ")", "a", "b@c.test", "=?utf-8?q?=0A=E2=80=A8?=",
            "=?utf-8?b?",
            "?=", "\u{0}", "\u{1B}", "Group:", "Mon, 5 Feb 2024 12:00:00 +0100", "é", "東", "\\", "<1@x>", "\t",
            "Content-Type: multipart/mixed; boundary=b", "--b", "--b--", "Content-Type: text/html", "<p>", "&#10;",
            String(repeating: "x", count: 2000), String(repeating: "<r@x>", count: 300),
        ]
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<fuzzRounds(default: 1500) {
            let count = Int.random(in: 0..<40, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let (digest, searchable) = Array(text.utf8).withUnsafeBufferPointer {
                (MessageDigest($0), SearchableText($0))
            }
            #expect(!digest.sender.isEmpty, "\(text)")
            for field in [digest.sender, digest.senderAddress, digest.recipients, digest.subject] {
                #expect(field.unicodeScalars.count <= 1000)
                #expect(
                    !field.unicodeScalars.contains {
                        [.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
                    }, "\(text)")
            }
            #expect(digest.references.count <= 110 && Set(digest.references).count == digest.references.count)
            #expect(!digest.references.contains(digest.messageID ?? ""))
            #expect(!searchable.text.contains("\u{0}"))
            if let expression = SearchQuery(text).expression {
                let quotes = expression.count { $0 == "\"" }
                #expect(quotes.isMultiple(of: 2) && !expression.contains("\u{0}"), "\(text)")
            }
        }
    }
}
