@testable import FTP
import LineProtocol
import Testing

@Suite("Addresses in FTP")
struct HostPortTests {
    @Test(
        "PORT names six octets",
        arguments: [
            ("127,0,0,1,4,1", "127.0.0.1:1025"), ("127,0,0,1,255,255", "127.0.0.1:65535"), ("127,0,0,1,4", nil),
            ("127,0,0,1,4,1,1", nil), ("127,0,0,256,4,1", nil), ("127,0,0,-1,4,1", nil), ("127, 0,0,1,4,1", nil),
            ("127,0,0,1,4,", nil), ("0127,0,0,1,4,1", nil), ("", nil), ("١٢٧,0,0,1,4,1", nil),
        ] as [(String, String?)])
    func port(argument: String, endpoint: String?) {
        #expect(HostPort.parse(port: argument)?.description == endpoint)
    }

    @Test(
        "EPRT names network, address and port between delimiters",
        arguments: [
            ("|1|132.235.1.2|6275|", "132.235.1.2:6275"),
            ("|2|1080::8:800:200C:417A|5282|", "[1080::8:800:200c:417a]:5282"),
            ("!2!::1!5282!", "[::1]:5282"), ("|1|::1|5282|", nil), ("|2|127.0.0.1|5282|", nil), ("|3|x|5282|", nil),
            ("|1|127.0.0.1|0|", nil), ("|1|127.0.0.1|65536|", nil), ("|1|127.0.0.1|5282", nil),
            ("1127.0.0.1152821", nil),
            ("|1|localhost|5282|", nil), ("||||", nil), ("", nil), ("|1|127.0.0.1|99999999999999999999|", nil),
        ] as [(String, String?)])
    func extended(argument: String, endpoint: String?) {
        #expect((try? HostPort.parse(extended: argument))?.description == endpoint)
    }

    @Test("Replies name addresses between whatever words")
    func replies() {
        #expect(HostPort.parse(passive: "Entering Passive Mode (127,0,0,1,195,80)")?.port == 50000)
        #expect(HostPort.parse(passive: "=127,0,0,1,195,80")?.host == "127.0.0.1")
        #expect(HostPort.parse(passive: "none") == nil)
        #expect(HostPort.parse(extendedPassive: "Entering Extended Passive Mode (|||6446|)") == 6446)
        #expect(HostPort.parse(extendedPassive: "(|||0|)") == nil)
        #expect(HostPort.parse(extendedPassive: "(|1||6446|)") == nil)
        #expect(HostPort.passive(Endpoint(host: "127.0.0.1", port: 50000)) == "(127,0,0,1,195,80)")
        #expect(HostPort.passive(Endpoint(host: "::1", port: 50000)) == nil)
    }
}
