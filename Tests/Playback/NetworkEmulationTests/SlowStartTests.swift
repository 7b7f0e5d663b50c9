import Testing

@testable import NetworkEmulation

@Suite("Slow start")
struct SlowStartTests {
    /// 8 Mb/s and 0.1 s carry 100,000 bytes a round trip. Windows are 14,600, 29,200, 58,400, then 116,800, which fills
    /// the path: three rounds in which the sender waits, 0.3 s less (14,600 + 29,200 + 58,400)·8 / 8e6 = 0.1022 s.
    @Test("costs a round trip less the window's own time for each window that does not fill the path")
    func long() {
        var connection = SlowStart()
        let delay = connection.begin(bytes: 1e6, bandwidth: 8e6, roundTrip: 0.1, at: 0)
        #expect(abs(delay - 0.1978) < 1e-12)
        #expect(connection.window == 116_800)
    }

    @Test(
        "costs a transfer only the rounds that it needs",
        arguments: [14_600.0: 0, 14_601: 1, 43_800: 1, 43_801: 2])
    func short(bytes: Double, rounds: Int) {
        var connection = SlowStart()
        let delay = connection.begin(bytes: bytes, bandwidth: 8e6, roundTrip: 0.1, at: 0)
        let waits = [0.1 - 0.0146, 0.1 - 0.0292]
        #expect(abs(delay - waits.prefix(rounds).reduce(0, +)) < 1e-12)
    }

    @Test("costs nothing where a round trip carries no more than the first window, and nothing in an outage")
    func none() {
        var connection = SlowStart()
        #expect(connection.begin(bytes: 1e6, bandwidth: 1e6, roundTrip: 0.1, at: 0) == 0)
        #expect(connection.begin(bytes: 1e6, bandwidth: 0, roundTrip: 0.1, at: 0) == 0)
    }

    @Test("is over for a connection in use, and begins anew after more than a second without")
    func idle() {
        var connection = SlowStart()
        let first = connection.begin(bytes: 1e6, bandwidth: 8e6, roundTrip: 0.1, at: 0)
        connection.end(at: 2)
        #expect(connection.begin(bytes: 1e6, bandwidth: 8e6, roundTrip: 0.1, at: 3) == 0)
        connection.end(at: 4)
        #expect(connection.begin(bytes: 1e6, bandwidth: 8e6, roundTrip: 0.1, at: 5.01) == first)
    }
}
