internal import Foundation
internal import Glibc
internal import Segmenter

/// Remembers the measured quality of segments until `segments.json` is written, across runs: one JSON object a line, on
/// disk before the segment that it is about.
///
/// A line that a loss of power cut off does not count, and of several about one segment the last does: its segment is made
/// again in both cases.
struct QualityJournal {
    private struct Entry: Codable {
        var track: String
        var number: Int
        var ssim: Double
    }

    private let path: String

    /// - Parameter path: of the file; it need not exist.
    init(_ path: String) { self.path = path }

    /// What is known of each segment.
    func entries() -> [SegmentKey: Double] {
        var entries: [SegmentKey: Double] = [:]
        for line in (LibraryFiles.read(path) ?? []).split(separator: UInt8(ascii: "\n")) {
            guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line)), (-1...1).contains(entry.ssim)
            else { continue }
            entries[SegmentKey(track: entry.track, number: entry.number)] = entry.ssim
        }
        return entries
    }

    /// Adds a line and waits until it is on disk.
    func append(_ ssim: Double, of key: SegmentKey) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let line = try encoder.encode(Entry(track: key.track, number: key.number, ssim: ssim))
        // The line's end comes first, so that a line that was cut off spoils none but itself.
        try LibraryFiles.append([UInt8(ascii: "\n")] + [UInt8](line) + [UInt8(ascii: "\n")], to: path)
    }
}
