import TestSupport
import Testing

@testable import ISOBMFF

@Suite("Segments read while they arrive")
struct SegmentScannerTests {
    private let track: CMAFTrack
    private let initialization: InitializationInfo
    /// Two fragments, of which the second is large beside what describes it.
    private let segment: [UInt8]

    init() throws {
        track = try CMAFTrack.video()
        let writer = CMAFWriter(track: track)
        initialization = try InitializationInfo(parsing: writer.initializationSegment())
        let large = CMAFWriterTests.pictures.map {
            FragmentSample(
                size: $0.size + 3000, duration: $0.duration, compositionOffset: $0.compositionOffset, isSync: $0.isSync)
        }
        segment = [(1, CMAFWriterTests.pictures), (2, large)].flatMap { number, samples in
            writer.mediaSegment(
                number: UInt32(number), decodeTime: UInt64(number - 1) * 4000, samples: samples,
                payload: samples.map { [UInt8](repeating: 7, count: $0.size) })
        }
    }

    private func scanned(_ bytes: [UInt8], by partSize: Int = 1000) -> SegmentScanner {
        var scanner = SegmentScanner()
        for start in stride(from: 0, to: bytes.count, by: partSize) {
            scanner.append(bytes[start..<min(start + partSize, bytes.count)])
        }
        return scanner
    }

    @Test("tell the same as whole ones, however they are cut", arguments: [1, 2, 7, 16, 100, 1_000_000])
    func parts(size: Int) throws {
        let scanner = scanned(segment, by: size)
        #expect(scanner.size == segment.count)
        #expect(
            try scanner.timing(initialization: initialization)
                == SegmentTiming(parsing: segment, initialization: initialization))
    }

    @Test("are damaged when cut anywhere but between two fragments, as whole ones are")
    func truncated() {
        var damaged = 0
        for size in 0..<segment.count {
            let cut = Array(segment[..<size])
            let whole = try? SegmentTiming(parsing: cut, initialization: initialization)
            #expect(whole == (try? scanned(cut).timing(initialization: initialization)))
            if whole == nil { damaged += 1 }
        }
        #expect(damaged > segment.count - 4)
    }

    @Test("may bring their own initialization")
    func ownInitialization() throws {
        let scanner = scanned(CMAFWriter(track: track).initializationSegment() + segment)
        let own = try InitializationInfo(parsing: try #require(scanner.movie))
        #expect(own == initialization)
        #expect(try scanner.timing(initialization: own).sampleCount == 8)
        #expect(scanned(segment).movie == nil)
    }

    @Test("may have boxes with sizes of 64 bits, and a last box without one")
    func sizes() throws {
        // styp of 16 bytes with a long size, a moof as it is, and its mdat to the end.
        let long: [UInt8] = [0, 0, 0, 1] + "free".utf8 + [0, 0, 0, 0, 0, 0, 0, 16]
        var open = CMAFWriter(track: track).mediaSegment(
            number: 1, decodeTime: 0, samples: CMAFWriterTests.pictures,
            payload: CMAFWriterTests.pictures.map { [UInt8](repeating: 7, count: $0.size) })
        let position = try #require(open.indices.first { open[$0...].starts(with: "mdat".utf8) })
        open.replaceSubrange(position - 4..<position, with: [0, 0, 0, 0])
        for partSize in [1, 1000] {
            let timing = try scanned(long + open, by: partSize).timing(initialization: initialization)
            #expect(timing == (try SegmentTiming(parsing: long + open, initialization: initialization)))
        }
    }

    @Test(
        "that claim the impossible are refused",
        arguments: [
            // Fewer bytes than the header has; a description larger than any; sizes of 64 bits out of all range.
            "00000007 6d646174", "7fffffff 6d6f6f66 00", "00000001 6d6f6f66 ffffffffffffffff",
            "00000001 6d646174 ffffffffffffffff 00", "00000001 66726565 0000000000000003",
        ])
    func impossible(hex: String) {
        let scanner = scanned([UInt8](hex: hex) + segment, by: 3)
        #expect(scanner.size == [UInt8](hex: hex).count + segment.count)
        #expect(throws: ISOBMFFError.self) { try scanner.timing(initialization: initialization) }
    }

    @Test("that are damaged are read as whole ones are, or refused")
    func randomised() {
        var generator = SeededGenerator(seed: 3)
        for round in 0..<fuzzRounds(default: 3000) {
            let damaged = segment.mutated(by: &generator)
            let whole = try? SegmentTiming(parsing: damaged, initialization: initialization)
            let parts = try? scanned(damaged, by: 1 + round % 50).timing(initialization: initialization)
            #expect(whole == parts)
        }
    }
}
