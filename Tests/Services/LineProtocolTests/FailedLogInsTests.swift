import Testing

@testable import LineProtocol

@Suite("Failed log-ins")
struct FailedLogInsTests {
    @Test("Each failure from an address doubles the wait, up to a limit, and is forgotten in the end")
    func delays() {
        var log = FailedLogIns()
        let now = ContinuousClock.now
        #expect((0..<6).map { _ in log.record(from: "a", now: now) } == [1, 2, 4, 8, 16, 16].map { .seconds($0) })
        #expect(log.record(from: "b", now: now) == .seconds(1))
        #expect(log.record(from: "a", now: now + .seconds(599)) == .seconds(16))
        #expect(log.record(from: "a", now: now + .seconds(1200)) == .seconds(1))
    }

    @Test("Addresses without end do not take memory without end")
    func capacity() {
        var log = FailedLogIns()
        let now = ContinuousClock.now
        for index in 0..<3 * FailedLogIns.capacity {
            #expect(log.record(from: "\(index)", now: now) == .seconds(1))
            #expect(log.count <= FailedLogIns.capacity)
        }
    }
}
