/// What a client reads from an initialization segment before it fetches media (ISO/IEC 23009-1 §6.3).
package struct InitializationInfo: Sendable, Hashable {
    /// What the track carries, by its handler type (ISO/IEC 14496-12 §8.4.3).
    package enum Kind: Sendable, Hashable {
        case video
        case audio
        /// A handler of four characters, for instance `text`.
        case other(String)
    }

    package let kind: Kind
    package let trackID: UInt32
    /// Ticks per second of all times in the track.
    package let timescale: UInt32
    /// ISO 639-2/T, three lowercase letters; `und` when not known.
    package let language: String
    /// RFC 6381 codecs parameter; only the sample entry's four characters for formats that this module does not know.
    package let codecs: String
    /// What the samples are, when it is a format that this module knows.
    package let format: CMAFTrack.SampleFormat?
    /// How much later a media time is than its presentation time, in ticks, as the edit list says: the encoder delay
    /// that is skipped, or negative where the presentation waits.
    package let editMediaTime: Int64
    /// In ticks; 0 when each fragment states its own.
    package let defaultSampleDuration: UInt32
    /// In bytes; 0 when each fragment states its own.
    package let defaultSampleSize: UInt32
    /// ISO/IEC 14496-12 §8.8.3.1.
    package let defaultSampleFlags: UInt32

    /// - Throws: `missingBox`, `truncated` or `malformed` for damage; `unsupported` for a file that is not
    ///   fragmented or whose first track cannot be read.
    package init(parsing bytes: [UInt8]) throws(ISOBMFFError) {
        let movie = try ByteReader(bytes).boxes(topLevel: true)
            .requireContainer("moov", in: "initialization segment")
        let movieHeader = try movie.require(MovieHeaderBox.self, in: "moov")
        let track = try movie.requireContainer("trak", in: "moov box")
        trackID = try track.require(TrackHeaderBox.self, in: "trak").trackID
        let media = try track.requireContainer("mdia", in: "trak box")
        let mediaHeader = try media.require(MediaHeaderBox.self, in: "mdia")
        timescale = mediaHeader.timescale
        language = mediaHeader.language
        let handler = try media.require(HandlerBox.self, in: "mdia").handler
        kind =
            switch handler {
            case HandlerBox.video: .video
            case HandlerBox.audio: .audio
            default: .other(handler.description)
            }
        let table = try media.requireContainer("minf", in: "mdia box").requireContainer("stbl", in: "minf box")
        (format, codecs) = try Self.readSampleDescription(table)

        if track.contains(where: { $0.type == "edts" }),
            let edits = try track.requireContainer("edts", in: "trak box").first(EditListBox.self)
        {
            editMediaTime = edits.shift(timescale: timescale, movieTimescale: movieHeader.timescale)
        } else {
            editMediaTime = 0
        }

        guard movie.contains(where: { $0.type == "mvex" }) else {
            throw ISOBMFFError(.unsupported, "the moov box has no mvex: the file is not fragmented")
        }
        var defaults = TrackExtendsBox(trackID: trackID)
        for box in try movie.requireContainer("mvex", in: "moov box") where box.type == TrackExtendsBox.type {
            let candidate = try box.parse(as: TrackExtendsBox.self)
            if candidate.trackID == trackID { defaults = candidate }
        }
        defaultSampleDuration = defaults.defaultSampleDuration
        defaultSampleSize = defaults.defaultSampleSize
        defaultSampleFlags = defaults.defaultSampleFlags.rawValue
    }

    /// The first entry of `stsd` (ISO/IEC 14496-12 §8.5.2).
    private static func readSampleDescription(
        _ table: [RawBox]
    ) throws(ISOBMFFError) -> (CMAFTrack.SampleFormat?, String) {
        guard let description = table.first(where: { $0.type == "stsd" }) else {
            throw ISOBMFFError(.missingBox, "no stsd box in the stbl box")
        }
        var body = description.body
        try body.skip(8)
        guard let entry = try body.nextBox() else {
            throw ISOBMFFError(.missingBox, "no sample entry in the stsd box at byte \(description.start)")
        }
        var entryBody = entry.body
        switch entry.type {
        case "avc1", "avc3":
            let format = try AVCSampleFormat(parsing: &entryBody)
            return (.avc(format), entry.type.description + format.codecs.dropFirst(4))
        case "mp4a":
            let format = try AACSampleFormat(parsing: &entryBody)
            return (.aac(format), format.codecs)
        default: return (nil, entry.type.description)
        }
    }
}
