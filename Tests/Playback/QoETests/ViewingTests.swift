import QoE
import Testing

@Suite("What a viewer saw")
struct ViewingTests {
    private static func request(_ number: Int?, _ bitRate: Int, media: String = "video", outcome: String = "complete")
        -> TraceEvent
    {
        .request(
            RequestRecord(
                time: 0, media: media, track: "\(bitRate)", segment: number, duration: 2, bitRate: bitRate, url: "u",
                bytes: 10, firstByte: nil, lastByte: nil, status: nil, cacheStatus: nil, outcome: outcome))
    }

    private static let head = TraceEvent.session(
        SessionRecord(url: "u", rule: "fixed", duration: 8, ladder: [1, 2, 3]))

    @Test("Segments of both media, without what failed and what has no segment")
    func segments() {
        let viewing = Viewing(of: [
            Self.head, Self.request(nil, 1), Self.request(1, 1), Self.request(1, 9, media: "audio"),
            Self.request(2, 3, outcome: "abandoned"), Self.request(2, 2), Self.request(3, 3),
            .end(EndRecord(time: 9, played: 6, outcome: "completed")),
        ])
        #expect(viewing.segments.map(\.bitRate) == [1, 2, 3])
        #expect(viewing.segments.map(\.start) == [0, 2, 4])
        #expect(viewing.segments.map(\.track) == ["1", "2", "3"])
        #expect(viewing.audio.map(\.bitRate) == [9])
        #expect(viewing.isWhole && viewing.played == 6 && viewing.duration == 9)
    }

    @Test("A segment that is fetched again takes its own place")
    func replacement() {
        let viewing = Viewing(of: [Self.head, Self.request(1, 1), Self.request(2, 1), Self.request(1, 3)])
        #expect(viewing.segments.map(\.bitRate) == [3, 1])
        #expect(viewing.segments.map(\.start) == [0, 2])
        #expect(!viewing.isWhole)
    }

    @Test("Stalls stand where the media did")
    func stalls() {
        let viewing = Viewing(of: [
            Self.head, .startup(time: 1.5), .stallBegan(time: 4), .stallEnded(time: 5, duration: 1),
            .stallBegan(time: 8), .buffer(BufferRecord(time: 10, position: 5.5, video: 0, audio: nil)),
        ])
        #expect(viewing.startupDelay == 1.5)
        #expect(viewing.stalls.map(\.position) == [2.5, 5.5])
        // The last one ends with the trace.
        #expect(viewing.stalls.map(\.duration) == [1, 2])
        #expect(viewing.stallDuration == 3)
        #expect(viewing.played == 5.5)
    }

    @Test("Audio counts where there is no video, and a file without a rule is one segment")
    func otherMedia() {
        let audio = Viewing(of: [Self.head, Self.request(1, 9, media: "audio")])
        #expect(audio.segments.map(\.bitRate) == [9])
        #expect(audio.audio.isEmpty)
        let file = Viewing(of: [.session(SessionRecord(url: "u", duration: 8, ladder: [5]))])
        #expect(file.segments.map(\.bitRate) == [5])
        #expect(file.segments.map(\.duration) == [8])
    }
}
