import HTTPSemantics
import Testing

@Suite("HTTP date")
struct HTTPDateTests {
    @Test(
        "All three forms of RFC 9110 §5.6.7 are read",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ])
    func forms(text: String, seconds: Int) {
        #expect(HTTPDate(text, now: 1_700_000_000)?.secondsSinceEpoch == seconds)
    }

    @Test(
        "Everything else is no date",
        arguments: [
            "", "0", "-1", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000", "06 Nov 1994",
            "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 94a 08:49:37 GMT",
            "Xxx, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT x",
        ])
    func noDates(text: String) {
        #expect(HTTPDate(text, now: 1_700_000_000) == nil)
    }

    @Test("A two-digit year more than 50 years ahead is of the last century")
    func century() {
        #expect(HTTPDate("Wednesday, 01-Jan-75 00:00:00 GMT", now: 1_700_000_000)?.secondsSinceEpoch == 157_766_400)
        #expect(HTTPDate("Friday, 01-Jan-27 00:00:00 GMT", now: 1_700_000_000)?.secondsSinceEpoch == 1_798_761_600)
    }

    @Test("What is written is read back", arguments: [0, 1, 951_782_400, 784_111_777, 4_102_444_799, 253_402_300_799])
    func roundTrip(seconds: Int) {
        let date = HTTPDate(secondsSinceEpoch: seconds)
        #expect(HTTPDate(date.description, now: 0) == date)
    }

    @Test("Written as IMF-fixdate")
    func written() {
        #expect(HTTPDate(secondsSinceEpoch: 784_111_777).description == "Sun, 06 Nov 1994 08:49:37 GMT")
    }
}
