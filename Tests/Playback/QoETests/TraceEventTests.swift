import Foundation
import QoE
import Testing

@Suite("The trace's lines")
struct TraceEventTests {
    @Test("each kind of event has its line", arguments: Example.all + Example.sparse)
    func lines(_ event: TraceEvent, _ line: String) throws {
        #expect(try event.line() == line)
    }

    @Test("and is read from it again", arguments: Example.all + Example.sparse)
    func roundTrip(_ event: TraceEvent, _ line: String) throws {
        #expect(try JSONDecoder().decode(TraceEvent.self, from: Data(line.utf8)) == event)
    }

    @Test("text of any kind survives", arguments: ["", "\"\\", "\n\r\t\u{0}", "日本語 💧", "\u{2028}", "</script>"])
    func text(_ text: String) throws {
        let event = TraceEvent.end(EndRecord(time: 1, played: 0, outcome: "failed", message: text))
        let line = try event.line()
        #expect(!line.utf8.contains(UInt8(ascii: "\n")))
        let head = try #require(Example.all.first).1
        #expect(try TraceEvent.events(inLines: head + "\n" + line + "\n", of: "t").last == event)
    }

    @Test(
        "numbers keep every digit",
        arguments: [0.1 + 0.2, 1.0 / 3, 1e-9, 123_456.789_012_345, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    func digits(_ number: Double) throws {
        let event = TraceEvent.stallEnded(time: number, duration: number)
        #expect(try JSONDecoder().decode(TraceEvent.self, from: Data(try event.line().utf8)) == event)
    }

    @Test("what is no number cannot be written", arguments: [Double.nan, .infinity])
    func noNumber(_ number: Double) {
        #expect(throws: EncodingError.self) { try TraceEvent.startup(time: number).line() }
    }

    @Test("an event happens when it is over")
    func times() {
        #expect(Example.all.map(\.0.time) == [0, 4.25, 6.75, 6.75, 0.625, 12.5, 14.25, 6.75, 31.5])
        #expect(Example.sparse.map(\.0.time) == [0, 0, 0, 1, 1])
    }
}
