import TestSupport
import Testing

@testable import Player

@Suite("Movie header search")
struct MovieHeaderSearchTests {
    /// The length that the header of `file` tells.
    private func duration(of file: [UInt8]) throws -> Double {
        var search = MovieHeaderSearch(fileSize: Int64(file.count))
        var step = search.start
        while case .read(let offset, let count) = step {
            try #require(offset >= 0 && count >= 0)
            let start = min(Int(offset), file.count)
            step = try search.next(Array(file[start..<min(start + count, file.count)]))
        }
        guard case .found(let duration) = step else { return 0 }
        return duration
    }

    @Test("Finds the length of a movie", arguments: [true, false], [UInt8(0), 1])
    func found(headerFirst: Bool, version: UInt8) throws {
        let file = MovieFile.bytes(seconds: 12.5, mediaSize: 100, headerFirst: headerFirst, version: version)
        #expect(try duration(of: file) == 12.5)
    }

    @Test("A fragmented file may tell its length in mehd")
    func fragmented() throws {
        let header = MovieFile.box(
            "mvhd",
            MovieFile.number(0, 12) + MovieFile.number(1000, 4) + MovieFile.number(0, 4)
                + [UInt8](repeating: 0, count: 80))
        let extends = MovieFile.box(
            "mvex", MovieFile.box("mehd", MovieFile.number(0, 4) + MovieFile.number(2500, 4)))
        #expect(try duration(of: MovieFile.box("moov", header + extends)) == 2.5)
        #expect(throws: MovieHeaderSearch.Failure.self) { try duration(of: MovieFile.box("moov", header)) }
    }

    @Test("A box of 64-bit size is passed over")
    func largeSize() throws {
        let media =
            MovieFile.number(1, 4) + Array("mdat".utf8) + MovieFile.number(24, 8) + [UInt8](repeating: 9, count: 8)
        let movie = MovieFile.bytes(seconds: 3, mediaSize: 0, headerFirst: true)
        #expect(try duration(of: media + movie) == 3)
    }

    @Test(
        "What has no header fails",
        arguments: [
            [], [0], Array("this is a text file".utf8), MovieFile.box("ftyp", []),
            MovieFile.number(0, 4) + Array("mdat".utf8), MovieFile.number(7, 4) + Array("free".utf8),
            MovieFile.number(1 << 31, 4) + Array("moov".utf8), MovieFile.box("moov", []),
            MovieFile.number(1, 4) + Array("mdat".utf8) + MovieFile.number(.max, 8),
        ] as [[UInt8]])
    func failures(file: [UInt8]) {
        #expect(throws: MovieHeaderSearch.Failure.self) { try duration(of: file) }
    }

    @Test("No bytes make it trap or search for ever")
    func random() {
        var generator = SeededGenerator(seed: 5)
        let original = MovieFile.bytes(seconds: 8, mediaSize: 60, headerFirst: false)
        for _ in 0..<5000 {
            var file = original
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<file.count, using: &generator)
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    file.removeSubrange(index...)
                    if file.isEmpty { break }
                } else {
                    file[index] =
                        [0, 1, 8, 0x7F, 0xFF, .random(in: 0...255, using: &generator)]
                        .randomElement(using: &generator) ?? 0
                }
            }
            if let length = try? duration(of: file) { #expect(length > 0 && length.isFinite) }
        }
    }
}
