import TestSupport
import Testing

@testable import DNS

@Suite("Domain names")
struct NameTests {
    @Test(
        "are read and written as RFC 1035 has them",
        arguments: [
            ("www.example.org.", "www.example.org."), ("www.example.org", "www.example.org."), (".", "."),
            (#"a\.b.c."#, #"a\.b.c."#), (#"\000\255."#, #"\000\255."#), (#"\065."#, "A."), (#"a\;b."#, #"a\;b."#),
            ("*.x.", "*.x."), ("_tcp._sip.", "_tcp._sip."), (#"a\ b."#, #"a\032b."#),
        ])
    func text(text: String, canonical: String) throws {
        let name = try DomainName(text)
        #expect(name.description == canonical)
        #expect(try DomainName(name.description) == name)
    }

    @Test(
        "are refused when they are none",
        arguments: [
            "", "..", "a..b", ".a", #"a\"#, #"\25"#, #"\256"#, String(repeating: "a", count: 64),
            String(repeating: "abcdefg.", count: 32),
        ])
    func refused(text: String) {
        #expect(throws: DNSError.self) { try DomainName(text) }
    }

    @Test("compare without regard to case, and from the root down")
    func order() throws {
        #expect(try DomainName("WWW.Example.") == DomainName("www.eXAMPLE"))
        #expect(try DomainName("WWW.Example.").hashValue == DomainName("www.eXAMPLE").hashValue)
        #expect(try DomainName("[.") != DomainName("{."))
        // RFC 4034 §6.1's example.
        let sorted = [
            "example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.",
            #"\001.z.example."#, "*.z.example.", #"\200.z.example."#,
        ]
        let names = try sorted.map { try DomainName($0) }
        #expect(names.shuffled().sorted().map(\.description) == sorted)
    }

    @Test("know what they are within")
    func within() throws {
        let name = try DomainName("a.b.Example.")
        #expect(name.isWithin(name) && name.isWithin(.root))
        #expect(try name.isWithin(DomainName("example")))
        #expect(try !name.isWithin(DomainName("xample")))
        #expect(try !name.isWithin(DomainName("b.a.example")))
        #expect(name.parent?.description == "b.Example.")
        #expect(name.suffix(1).description == "Example." && name.suffix(9) == name && name.suffix(0) == .root)
        #expect(name.labelCount == 3 && DomainName.root.labelCount == 0 && DomainName.root.parent == nil)
        #expect(try DomainName("x", below: name).description == "x.a.b.Example.")
        #expect(try DomainName("@", below: name) == name && DomainName("x.", below: name).description == "x.")
        #expect(throws: DNSError.self) { try name.child([]) }
    }
}
