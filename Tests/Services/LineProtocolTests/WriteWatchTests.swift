import Foundation
import NIOCore
import Testing

@testable import LineProtocol

@Suite("Slow and deaf peers")
struct WriteWatchTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("A peer that takes octets now and then is waited for, for ever; one that takes none, only so long")
    func watch() {
        var watch = WriteWatch(
            limit: .seconds(60), .init(left: 4 << 20, acknowledged: 0), now: start)
        #expect(watch.interval == .seconds(15))
        var (left, acknowledged, now) = (4 << 20, UInt64(0), start)
        // The system takes nothing for hours, but the peer acknowledges an octet a minute; then the other way round.
        for _ in 0..<200 {
            now = now + .seconds(59)
            acknowledged += 1
            #expect(watch.isStalled(.init(left: left, acknowledged: acknowledged), now: now) == false)
        }
        for _ in 0..<200 {
            now = now + .seconds(59)
            left -= 1
            #expect(watch.isStalled(.init(left: left, acknowledged: acknowledged), now: now) == false)
        }
        for seconds in [15, 30, 45, 59] as [Int64] {
            #expect(
                watch.isStalled(.init(left: left, acknowledged: acknowledged), now: now + .seconds(seconds)) == false)
        }
        #expect(watch.isStalled(.init(left: left, acknowledged: acknowledged), now: now + .seconds(60)) == true)
    }

    @Test("What is known of a connection: octets that the peer has, and how long its answers take")
    func information() async throws {
        let listener = try await PeerListener.bind(
            host: "127.0.0.1", ports: nil, from: "127.0.0.1", identity: nil, readSize: 1024)
        async let accepted = listener.connection(within: .seconds(60))
        let client = try await LineClient.connect(host: "127.0.0.1", port: listener.address.port)
        let server = try await accepted
        try await client.write(ByteBuffer(repeating: 1, count: 1000))
        var got = 0
        while got < 1000 { got += try await server.read(within: .seconds(60))?.readableBytes ?? 1000 }
        #if os(Linux)
            // The acknowledgement comes with or after the octets.
            while try await client.acknowledged() < 1000 { await Task.yield() }
        #endif
        #expect(await server.peerHasLeft() == false)
        #expect(await server.peerHasLeft(after: 3) == false)
        client.close()
        #expect(try await server.read(within: .seconds(60)) == nil)
        #expect(await server.peerHasLeft(after: 3))
    }

    @Test("Who gives up connecting waits for nothing")
    func givenUp() async throws {
        // Nobody accepts: when the queue is full, the system does not answer any more.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                #expect(bind(listener, place, length) == 0 && listen(listener, 0) == 0)
                #expect(getsockname(listener, place, &length) == 0)
            }
        }
        let port = Int(UInt16(bigEndian: place.sin_port))
        let attempts = (0..<4).map { _ in
            Task { try await LineClient.connect(host: "127.0.0.1", port: port, within: .hours(1)) }
        }
        for attempt in attempts { attempt.cancel() }
        for attempt in attempts { _ = await attempt.result }
        let late = Task { try await LineClient.connect(host: "127.0.0.1", port: port, within: .hours(1)) }
        late.cancel()
        if case .success = await late.result { Issue.record("that connected") }
    }
}
