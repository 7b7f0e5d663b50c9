import NIOCore
import NIOEmbedded
import Testing

@testable import HTTP

@Suite("Connection limit")
struct ConnectionLimitTests {
    @Test(
        "Descriptors are left for files and origins",
        arguments: [(0, 1), (1, 1), (80, 40), (1000, 500), (3000, 1976), (1 << 20, (1 << 20) - 1024)])
    func descriptors(available: Int, expected: Int) {
        #expect(FileDescriptors.connections(available: available) == expected)
        #expect(FileDescriptors.available > 0)
    }

    @Test("Refusals that follow each other are one event; after some have gone there is another")
    func refusals() throws {
        let registry = ConnectionRegistry()
        let channels = (0..<8).map { _ in EmbeddedChannel() }
        func insert(_ channel: EmbeddedChannel) -> String {
            switch registry.insert(channel, limit: 8) {
            case .added: "added"
            case .refused(let isFirst): isFirst ? "first" : "again"
            }
        }
        for channel in channels { #expect(insert(channel) == "added") }
        #expect([insert(EmbeddedChannel()), insert(EmbeddedChannel())] == ["first", "again"])
        func close(_ channel: EmbeddedChannel) throws {
            try channel.close().wait()
            channel.embeddedEventLoop.run()
        }
        try close(channels[0])
        #expect([insert(EmbeddedChannel()), insert(EmbeddedChannel())] == ["added", "again"])
        for channel in channels[1...2] { try close(channel) }
        #expect([1, 2, 3].map { _ in insert(EmbeddedChannel()) } == ["added", "added", "first"])
    }
}
