import Listening
import Testing

@Suite("Listen address")
struct ListenAddressTests {
    @Test(
        "Read and written",
        arguments: [
            ("127.0.0.1:80", "127.0.0.1:80"), ("localhost:0", "localhost:0"), ("[::1]:65535", "[::1]:65535"),
            (":80", "0.0.0.0:80"), ("*:80", "0.0.0.0:80"),
        ])
    func read(text: String, written: String) {
        #expect(ListenAddress(text)?.description == written)
    }

    @Test("Refused", arguments: ["", "80", "h", "h:", "h:x", "h:65536", "h:-1", "::1:80", "[h]:80", "[]:80", "h:٣"])
    func refused(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
