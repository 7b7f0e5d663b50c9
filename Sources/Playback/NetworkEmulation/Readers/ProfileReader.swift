import Foundation

/// Reads a bandwidth profile from a file or its bytes, in whichever of these formats it is:
///
/// - CSV with the columns `time_s,bandwidth_kbps,latency_ms` (see `ProfileReader+CSV.swift`);
/// - JSON: an array of `{"duration_ms": …, "bandwidth_kbps": …, "latency_ms": …}`;
/// - a mahimahi packet-delivery trace: one whole number of milliseconds a line;
/// - a download log in the format of Norway's 3G or Ghent's 4G logs (see `ProfileReader+DownloadLog.swift`).
package enum ProfileReader {
    /// Bytes that a file may have; a packet-delivery trace of 10 minutes at 100 Mb/s fits.
    package static let maximumSize = 64 << 20
    /// Steps that a profile may have.
    package static let maximumSteps = 1_000_000
    /// The longest profile, in seconds: a week.
    package static let maximumDuration = 604_800.0
    /// The shortest step, in seconds.
    package static let minimumStep = 0.001
    /// The highest bandwidth, in kb/s: 1 Tb/s.
    package static let maximumBandwidth = 1e9
    /// The highest latency, in milliseconds.
    package static let maximumLatency = 60_000.0

    /// The profile in the file at `path`, named after the file. Blocks the calling thread.
    ///
    /// - Throws: ``ProfileError`` naming the file, and the line if one is wrong.
    package static func profile(at path: String) throws(ProfileError) -> BandwidthProfile {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ProfileError(
                .unknown, "\"\(path)\" is neither a built-in profile nor a file; headwater profiles lists the former")
        }
        guard !isDirectory.boolValue else {
            throw ProfileError(.unreadable, "\(path): a folder, and a profile is a file")
        }
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            // Not the file's stated size: pipes and devices have none.
            data = try file.read(upToCount: maximumSize + 1) ?? Data()
        } catch {
            throw ProfileError(.unreadable, "\(path): cannot be read (permissions?)")
        }
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        return try profile(parsing: [UInt8](data), name: name, source: path)
    }

    /// Paths of the profiles in the folder at `path`, by name; nil when it is no folder. Hidden files are none, and where
    /// names differ only in their extension the first counts (`a.csv` before `a.json`).
    ///
    /// - Throws: ``ProfileError`` when it cannot be read, or holds nothing.
    static func files(inFolder path: String) throws(ProfileError) -> [String]? {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            return nil
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw ProfileError(.unreadable, "\(path): the folder cannot be read (permissions?)")
        }
        var stems: Set<String> = []
        let folder = URL(filePath: path, directoryHint: .isDirectory)
        let files = names.filter { !$0.hasPrefix(".") }.sorted().map { folder.appending(component: $0) }
            .filter { stems.insert($0.deletingPathExtension().lastPathComponent).inserted }
        guard !files.isEmpty else { throw ProfileError(.malformed, "\(path): the folder holds no profile") }
        return files.map { $0.path(percentEncoded: false) }
    }

    /// The profile in `bytes`; `source` is what error messages call them.
    package static func profile(
        parsing bytes: [UInt8], name: String, source: String
    ) throws(ProfileError) -> BandwidthProfile {
        guard bytes.count <= maximumSize else {
            throw ProfileError(.tooLarge, "\(source): larger than \(maximumSize >> 20) MiB, too large for a profile")
        }
        var content = bytes[...]
        if content.starts(with: [0xef, 0xbb, 0xbf]) { content = content.dropFirst(3) }
        guard let first = content.first(where: { !isWhitespace($0) }) else {
            throw ProfileError(.malformed, "\(source): empty, and a profile has at least one step")
        }
        var steps: [BandwidthProfile.Step]
        if first == UInt8(ascii: "[") || first == UInt8(ascii: "{") {
            steps = try stepsFromJSON(content, source: source)
        } else if isPacketTrace(content) {
            steps = try stepsFromPacketTrace(content, source: source)
        } else if isDownloadLog(content) {
            steps = try stepsFromDownloadLog(content, source: source)
        } else {
            steps = try stepsFromCSV(content, source: source)
        }
        guard steps.contains(where: { $0.bandwidth > 0 }) else {
            throw ProfileError(
                .malformed, "\(source): the bandwidth is zero throughout, so nothing would ever arrive")
        }
        mergeEqualNeighbours(&steps)
        return BandwidthProfile(name: name, steps: steps)
    }

    /// Whether the first line that says anything is a whole number alone.
    private static func isPacketTrace(_ content: ArraySlice<UInt8>) -> Bool {
        var lines = Lines(content)
        guard let (_, line) = lines.next() else { return false }
        return line.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    private static func mergeEqualNeighbours(_ steps: inout [BandwidthProfile.Step]) {
        var merged: [BandwidthProfile.Step] = []
        for step in steps {
            if let last = merged.last, last.bandwidth == step.bandwidth, last.latency == step.latency {
                merged[merged.count - 1].duration += step.duration
            } else {
                merged.append(step)
            }
        }
        steps = merged
    }

    static func isWhitespace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

    /// A number within `range`, or an error that says which line and field is wrong.
    static func number(
        _ text: String, _ field: String, in range: ClosedRange<Double>, at place: String
    ) throws(ProfileError) -> Double {
        guard let value = decimal(text) else {
            throw ProfileError(.malformed, "\(place): \(field) is \"\(excerpt(text))\", not a number")
        }
        return try check(value, field, in: range, at: place)
    }

    /// `value`, if it is finite and within `range`.
    static func check(
        _ value: Double, _ field: String, in range: ClosedRange<Double>, at place: String
    ) throws(ProfileError) -> Double {
        guard value >= range.lowerBound else {
            let bound = range.lowerBound == 0 ? "negative" : "below \(plain(range.lowerBound))"
            throw ProfileError(.malformed, "\(place): \(field) is \(bound)")
        }
        guard value <= range.upperBound else {
            throw ProfileError(.malformed, "\(place): \(field) is above \(plain(range.upperBound)) or not finite")
        }
        return value
    }

    /// Input shortened and made printable, for an error message of one line.
    static func excerpt(_ text: String) -> String {
        let printable = text.unicodeScalars.prefix(24).map { $0.value >= 32 && $0.value < 127 ? Character($0) : "?" }
        return String(printable) + (text.unicodeScalars.count > 24 ? "…" : "")
    }

    /// Lines with their numbers (from 1), without line ends (LF, CRLF or CR), surrounding blanks, empty lines and
    /// comments (`#`).
    struct Lines: Sequence, IteratorProtocol {
        private var rest: ArraySlice<UInt8>
        private var number = 0

        init(_ content: ArraySlice<UInt8>) { rest = content }

        mutating func next() -> (number: Int, line: ArraySlice<UInt8>)? {
            while !rest.isEmpty {
                number += 1
                let end = rest.firstIndex { $0 == 0x0a || $0 == 0x0d } ?? rest.endIndex
                var line = rest[rest.startIndex..<end]
                rest = rest[end...]
                if rest.starts(with: [0x0d, 0x0a]) { rest = rest.dropFirst(2) } else { rest = rest.dropFirst() }
                while let first = line.first, ProfileReader.isWhitespace(first) { line = line.dropFirst() }
                while let last = line.last, ProfileReader.isWhitespace(last) { line = line.dropLast() }
                if let first = line.first, first != UInt8(ascii: "#") { return (number, line) }
            }
            return nil
        }
    }
}
