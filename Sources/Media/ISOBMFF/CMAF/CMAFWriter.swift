/// Writes a track's CMAF header and segments (ISO/IEC 23000-19 §7.3): equal input gives equal bytes.
///
/// Video carries the structural brand `cmf2`: composition offsets may be negative (`trun` version 1), so that no edit
/// list is needed, and each fragment repeats its defaults in `tfhd` instead of leaning on `trex`. Audio carries
/// `cmfc`, which allows the edit list that skips the encoder's delay.
package struct CMAFWriter: Sendable, Hashable {
    package let track: CMAFTrack

    /// Of the only track in the file.
    static let trackID: UInt32 = 1

    package init(track: CMAFTrack) {
        self.track = track
    }

    private var isAudio: Bool {
        if case .aac = track.format { true } else { false }
    }

    // MARK: The header

    /// `ftyp` and `moov`, which a client fetches before the first segment.
    package func initializationSegment() -> [UInt8] {
        var writer = ByteWriter(reserving: 1024)
        let brand: BoxType = isAudio ? "cmfc" : "cmf2"
        FileTypeBox(Brands(major: brand, compatible: isAudio ? [brand, "iso6"] : [brand, "cmfc", "iso6"]))
            .write(to: &writer)
        writer.writeBox("moov") {
            MovieHeaderBox(timescale: track.timescale).write(to: &$0)
            writeTrack(to: &$0)
            $0.writeBox("mvex") { TrackExtendsBox(trackID: Self.trackID).write(to: &$0) }
        }
        return writer.bytes
    }

    private func writeTrack(to writer: inout ByteWriter) {
        var displaySize: (width: UInt32, height: UInt32) = (0, 0)
        if case .avc(let format) = track.format { displaySize = format.displaySize }
        writer.writeBox("trak") {
            TrackHeaderBox(
                trackID: Self.trackID, isAudio: isAudio, width: displaySize.width, height: displaySize.height
            ).write(to: &$0)
            if track.editMediaTime != 0 {
                $0.writeBox("edts") {
                    EditListBox([.init(duration: 0, mediaTime: track.editMediaTime)]).write(to: &$0)
                }
            }
            $0.writeBox("mdia") {
                MediaHeaderBox(timescale: track.timescale, language: track.language).write(to: &$0)
                HandlerBox(isAudio ? HandlerBox.audio : HandlerBox.video).write(to: &$0)
                $0.writeBox("minf") { writeMediaInformation(to: &$0) }
            }
        }
    }

    private func writeMediaInformation(to writer: inout ByteWriter) {
        if isAudio {
            writer.writeFullBox("smhd") { $0.writeZeros(4) }
        } else {
            writer.writeFullBox("vmhd", flags: 1) { $0.writeZeros(8) }
        }
        writer.writeBox("dinf") {
            $0.writeFullBox("dref") {
                $0.write(UInt32(1))
                $0.writeFullBox("url ", flags: 1) { _ in }  // the media are in the same file
            }
        }
        writer.writeBox("stbl") {
            $0.writeFullBox("stsd") {
                $0.write(UInt32(1))
                switch track.format {
                case .avc(let format): format.write(to: &$0)
                case .aac(let format): format.write(to: &$0)
                }
            }
            // The tables of samples are there and empty: fragments hold all samples.
            for table: BoxType in ["stts", "stsc"] { $0.writeFullBox(table) { $0.write(UInt32(0)) } }
            $0.writeFullBox("stsz") { $0.writeZeros(8) }
            $0.writeFullBox("stco") { $0.write(UInt32(0)) }
        }
    }

    // MARK: Segments

    /// A segment of one fragment: `styp`, `moof`, `mdat`.
    ///
    /// - Parameters:
    ///   - number: of the fragment, counted from 1.
    ///   - decodeTime: of the first sample, in ticks from the start of the track, encoder delay included.
    ///   - samples: their durations, sizes and flags, in decoding order.
    ///   - payload: the samples' bytes, one after the other; H.264 with four-byte NAL unit lengths.
    /// - Precondition: at least one sample; their sizes sum up to the payload's.
    package func mediaSegment(
        number: UInt32, decodeTime: UInt64, samples: [FragmentSample], payload: [UInt8]
    ) -> [UInt8] {
        mediaSegment(number: number, decodeTime: decodeTime, samples: samples, payload: [payload])
    }

    /// The same from payloads that are to stand one after the other, for instance one a sample.
    package func mediaSegment(
        number: UInt32, decodeTime: UInt64, samples: [FragmentSample], payload: [[UInt8]]
    ) -> [UInt8] {
        let payloadSize = payload.reduce(0) { $0 + $1.count }
        precondition(!samples.isEmpty, "a segment has at least one sample")
        precondition(samples.reduce(0) { $0 + $1.size } == payloadSize, "sample sizes must sum up to the payload's")
        var writer = ByteWriter(reserving: payloadSize + 160 + samples.count * 16)
        SegmentTypeBox(Brands(major: "msdh", compatible: ["msdh", "cmfs", "cmff", "iso6"])).write(to: &writer)

        let fragmentStart = writer.bytes.count
        let (header, run) = describe(samples)
        var dataOffsetPosition = 0
        writer.writeBox("moof") {
            MovieFragmentHeaderBox(sequenceNumber: number).write(to: &$0)
            $0.writeBox("traf") {
                header.write(to: &$0)
                TrackFragmentDecodeTimeBox(baseMediaDecodeTime: decodeTime).write(to: &$0)
                dataOffsetPosition = $0.bytes.count + 16  // behind header, version and flags, and count
                run.write(to: &$0)
            }
        }
        let isLarge = payloadSize + 8 > Int(UInt32.max)
        writer.patch(
            UInt32(writer.bytes.count - fragmentStart + (isLarge ? 16 : 8)), at: dataOffsetPosition)

        let dataType: BoxType = "mdat"
        writer.write(isLarge ? UInt32(1) : UInt32(payloadSize + 8))
        writer.write(dataType.rawValue)
        if isLarge { writer.write(UInt64(payloadSize) + 16) }
        for part in payload { writer.write(part) }
        return writer.bytes
    }

    /// The samples in as few bytes as the boxes allow: what all have in common is a default.
    private func describe(_ samples: [FragmentSample]) -> (TrackFragmentHeaderBox, TrackRunBox) {
        func common<Value: Equatable>(_ values: [Value]) -> Value? {
            values.dropFirst().allSatisfy { $0 == values[0] } ? values[0] : nil
        }
        let durations = samples.map(\.duration)
        let sizes = samples.map { UInt32($0.size) }
        let flags = samples.map { $0.isSync ? SampleFlags.sync : .nonSync }
        let offsets = samples.map { Int64($0.compositionOffset) }
        let hasOffsets = offsets.contains { $0 != 0 }

        // A group of pictures is one sync sample and others behind it, which first_sample_flags says in four bytes.
        let defaultFlags = common(flags) ?? common(Array(flags.dropFirst()))
        let header = TrackFragmentHeaderBox(
            trackID: Self.trackID, defaultSampleDuration: common(durations), defaultSampleSize: common(sizes),
            defaultSampleFlags: defaultFlags)
        var run = TrackRunBox(
            sampleCount: samples.count,
            firstSampleFlags: defaultFlags != nil && flags[0] != defaultFlags ? flags[0] : nil,
            durations: common(durations) == nil ? durations : nil, sizes: common(sizes) == nil ? sizes : nil,
            flags: defaultFlags == nil ? flags : nil, compositionOffsets: hasOffsets ? offsets : nil,
            version: isAudio && !hasOffsets ? 0 : 1)
        run.dataOffset = 0  // overwritten once the size of the moof is known
        return (header, run)
    }
}
