@testable import Mail
import TestSupport
import Testing

@Suite("Mail addresses")
struct MailAddressTests {
    @Test(
        "what is an address is read and written again",
        arguments: [
            ("user@example.org", "user", "example.org"), ("a.b+c@Example.ORG", "a.b+c", "Example.ORG"),
            (#""a b"@example.org"#, "a b", "example.org"), (#""a\"b\\c"@example.org"#, #"a"b\c"#, "example.org"),
            ("user@[192.0.2.1]", "user", "[192.0.2.1]"), ("user@[IPv6:2001:db8::1]", "user", "[IPv6:2001:db8::1]"),
            (#""a@b"@example.org"#, "a@b", "example.org"), ("用户@例え.jp", "用户", "例え.jp"),
            ("root@localhost", "root", "localhost"),
            (#"""@example.org"#, "", "example.org"), ("a!b%c@example.org", "a!b%c", "example.org"),
        ])
    func valid(text: String, local: String, domain: String) throws {
        let address = try #require(MailAddress(text))
        #expect(address.localPart == local)
        #expect(address.domain == domain)
        #expect(address.description == text)
        #expect(address.isValid)
    }

    @Test(
        "what is none is refused",
        arguments: [
            "", "@", "user", "user@", "@example.org", "a..b@example.org", ".a@example.org", "a.@example.org",
            "a b@example.org", "user@-a.org", "user@a-.org", "user@a..org", "user@.org", "user@[300.0.0.1]",
            "user@[IPv6:zz]", "user@[192.0.2.1", "user@exa_mple.org", "user@example.org ", "<user@example.org>",
            "user@example.org\r\n", #""a@example.org"#, "\"a\u{7}\"@example.org", "user@[x:y]", "user@a\0.org",
            String(repeating: "a", count: 65) + "@example.org",
            "a@" + Array(repeating: "abcdefghi", count: 26).joined(separator: "."),
        ])
    func invalid(text: String) { #expect(MailAddress(text) == nil) }

    @Test(
        "domains beyond ASCII are looked up and compared by their A-labels",
        arguments: [
            ("x@bücher.test", "xn--bcher-kva.test"), ("x@BÜCHER.Test", "xn--bcher-kva.test"),
            ("x@bu\u{308}cher.test", "xn--bcher-kva.test"), ("x@xn--BCHER-kva.test", "xn--bcher-kva.test"),
            ("x@例え.テスト", "xn--r8jz45g.xn--zckzah"), ("x@faß.test", "xn--fa-hia.test"), ("x@[192.0.2.1]", "[192.0.2.1]"),
            ("x@Example.ORG", "example.org"),
        ])
    func internationalDomains(text: String, domain: String) throws {
        let address = try #require(MailAddress(text))
        #expect(address.canonicalDomain == domain)
        #expect(MailAddress("x@" + domain) == address)
    }

    @Test("domains are compared in any case, local parts exactly")
    func equality() {
        #expect(MailAddress("user@EXAMPLE.org") == MailAddress("user@example.ORG"))
        #expect(MailAddress("User@example.org") != MailAddress("user@example.org"))
        #expect(Set([MailAddress("u@A"), MailAddress("u@a")]).count == 1)
    }

    @Test("quotation marks are dropped where nothing needs them")
    func canonical() { #expect(MailAddress(#""user"@example.org"#)?.description == "user@example.org") }

    @Test("an address is taken from the start of a command's argument")
    func taken() {
        var text: Substring = #""a> b"@example.org> SIZE=10"#
        #expect(MailAddress.take(from: &text)?.localPart == "a> b")
        #expect(text == "> SIZE=10")
        #expect(MailAddress.take(from: &text) == nil)
        #expect(text == "> SIZE=10")
        var all: Substring = "user@example.org"
        #expect(MailAddress.take(from: &all) != nil)
        #expect(all.isEmpty)
    }

    @Test(
        "address lists as people and old programs write them",
        arguments: [
            ("a@x.org, b@y.org", ["a@x.org", "b@y.org"]), ("John Doe <j@x.org>", ["John Doe <j@x.org>"]),
            (#""Doe, John" <j@x.org>"#, [#""Doe, John" <j@x.org>"#]),
            ("Joe Q. Public <j@x.org>", [#""Joe Q. Public" <j@x.org>"#]),
            ("j@x.org (John (the) Doe)", [#""John (the) Doe" <j@x.org>"#]),
            ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", ["Pete <pete@silly.test>"]),
            ("<@a.org,@b.org:j@x.org>", ["j@x.org"]), ("j . doe @ x . org", ["j.doe@x.org"]),
            (",, a@x.org ,, b@x.org,", ["a@x.org", "b@x.org"]),
            ("Friends: a@x.org, B <b@x.org>;, c@x.org", ["a@x.org", "B <b@x.org>", "c@x.org"]),
            ("undisclosed-recipients:;", []),
            ("=?utf-8?q?J=C3=B6rg?= <j@x.org>", ["Jörg <j@x.org>"]), ("root", ["root"]),
            ("a@x.org; b@x.org", ["a@x.org", "b@x.org"]),
            ("\"unfinished <a@x.org>, b@x.org", ["b@x.org"]), ("(unfinished a@x.org", []),
            ("a@[192.0.2.1]", ["a@[192.0.2.1]"]),
            ("a b c, d@x.org", ["d@x.org"]), ("<>", []), ("MAILER-DAEMON <>", []),
            ("\r\n a@x.org,\r\n\tb@x.org", ["a@x.org", "b@x.org"]),
        ])
    func lists(text: String, expected: [String]) {
        #expect(MailAddressList(text).mailboxes.map(\.description) == expected)
    }

    @Test(
        "one address with its name is read as it is",
        arguments: [
            ("a@x.org", "a@x.org"), (" <a@x.org> ", "a@x.org"), ("Bert B. <a@x.org>", #""Bert B." <a@x.org>"#),
            (#""B, \"C\"" < a@x.org > (home)"#, #""B, \"C\"" <a@x.org>"#),
            ("a@x.org (Bert (x))", #""Bert (x)" <a@x.org>"#),
            ("=?utf-8?q?J=C3=B6rg?=\r\n <j@x.org>", "Jörg <j@x.org>"), (#""a b"@x.org"#, #""a b"@x.org"#),
            ("Jörg <j@bücher.test>", "Jörg <j@bücher.test>"),
        ])
    func one(text: String, expected: String) { #expect(NamedAddress(text)?.description == expected) }

    @Test(
        "one address with something behind it, or not closed, is none",
        arguments: [
            "a@x.org b@x.org", "a@x.org\nb@x.org", "A <a@x.org> B <b@x.org>", "A <a@x.org", "A a@x.org>", "<a@x.org>>",
            #""A <a@x.org>, b@x.org"#, #"A" <a@x.org>"#, "a@x.org (A", "(A) a@x.org (B", "A (B <a@x.org>", "a@x.org,",
            "a@x.org, b@x.org", "Friends: a@x.org;", "root", "A <root>", "<>", "", "A <<a@x.org>>", "a@x.org .net",
            "a@x.org <a@x.org>", "<@b.org:a@x.org>", "a @x.org b", "A <a@x.org>; B",
        ])
    func notOne(text: String) { #expect(NamedAddress(text) == nil) }

    @Test(
        "nobody among typed addresses is left out",
        arguments: [
            ("bert@x.org anna@x.org", ["bert@x.org", "anna@x.org"]),
            ("bert@x.org\r\nanna@x.org\n\n eve@x.org\t", ["bert@x.org", "anna@x.org", "eve@x.org"]),
            ("bert@x.org\u{2028}anna@x.org\u{A0}eve@x.org", ["bert@x.org", "anna@x.org", "eve@x.org"]),
            ("B C <b@x.org>\nA <a@x.org>", ["B C <b@x.org>", "A <a@x.org>"]),
            ("B\n C\r\n <b@x.org>", ["B C <b@x.org>"]),
            (
                #""B, \"C;" <b@x.org>; a@x.org (A, the first),,"#,
                [#""B, \"C;" <b@x.org>"#, #""A, the first" <a@x.org>"#]
            ),
            ("a@x.org b@x.org, c@x.org", ["a@x.org", "b@x.org", "c@x.org"]), ("", []), (" ,;\n ", []),
        ])
    func typed(text: String, expected: [String]) {
        let field = AddressField(text)
        #expect(field.addresses.map(\.description) == expected)
        #expect(field.problems.isEmpty)
    }

    @Test(
        "what is no address among typed ones is told",
        arguments: [
            ("Bert <b@x.org> Anna <a@x.org>", ["Bert <b@x.org> Anna <a@x.org>"]),
            (#""unclosed <b@x.org>, a@x.org"#, [#""unclosed <b@x.org>, a@x.org"#]),
            ("Bert <b@x.org", ["Bert <b@x.org"]),
            ("a@x.org, b@x.org anna, c@x.org", ["b@x.org anna"]), ("a@x.org\nnobody\nb@x.org", ["nobody"]),
            ("Friends: a@x.org, b@x.org;", ["Friends: a@x.org"]), ("a@x.org :)", ["a@x.org :)"]),
            (String(repeating: "x", count: 300), [String(repeating: "x", count: 100)]),
            ("Anna\u{A0}anna@x.org", ["Anna anna@x.org"]), ("a@x.org (see, b@x.org", ["a@x.org (see, b@x.org"]),
        ])
    func problems(text: String, expected: [String]) { #expect(AddressField(text).problems == expected) }

    @Test("however many addresses are typed, all are recipients")
    func many() {
        let field = AddressField((0..<20_000).map { "user\($0)@example.org" }.joined(separator: "\n"))
        #expect(field.addresses.count == 20_000)
        #expect(field.problems.isEmpty)
    }

    @Test("an address with a line break that a backslash kept is not one that SMTP could take")
    func escapedLineBreak() {
        #expect(MailAddressList("\"a\\\r\n b\"@x.org").mailboxes.map(\.address.isValid) == [false])
    }

    @Test("groups keep their names")
    func groups() {
        let list = MailAddressList("A Group:Ed <e@x.org>;")
        #expect(
            list.entries == [
                .group(name: "A Group", [NamedAddress(name: "Ed", MailAddress(localPart: "e", domain: "x.org"))])
            ])
    }
}

@Suite("Randomised addresses")
struct RandomisedAddressTests {
    @Test("whatever stands in a list, reading ends, and what was read can be written and read again")
    func lists() throws {
        var generator = SeededGenerator(seed: 11)
        let pieces = [
            "a", "b.c", "@", "x.org", "<", ">", ",", ";", ":", "\"", "\\", "(", ")", " ", "\r\n ", ".", "[", "]", "ö",
            "=?utf-8?q?=C3=B6?=",
        ]
        for _ in 0..<fuzzRounds(default: 3000) {
            let text = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }
            .joined()
            for mailbox in MailAddressList(text).mailboxes where mailbox.address.isValid {
                #expect(NamedAddress(mailbox.description)?.address == mailbox.address, "\(text)")
            }
            // What was typed comes out as addresses and problems, and holds no fewer addresses than a list would.
            let field = AddressField(text)
            if field.problems.isEmpty {
                #expect(field.addresses.count >= MailAddressList(text).mailboxes.count, "\(text)")
            }
            for address in field.addresses { #expect(NamedAddress(address.description) == address, "\(text)") }
            if let address = MailAddress(text) { #expect(MailAddress(address.description) == address) }
        }
    }
}
