import Testing

@testable import ISOBMFF

struct BoxTests {
    /// Writes `box`, reads it back, and compares; also with bytes missing at the end, which must not trap.
    private func roundTrip<B: Box>(_ box: B) throws {
        var writer = ByteWriter()
        box.write(to: &writer)
        let boxes = try ByteReader(writer.bytes).boxes()
        #expect(boxes.count == 1)
        let read = try #require(boxes.first)
        #expect(read.type == B.type)
        #expect(try read.parse(as: B.self) == box)
        for size in 8..<writer.bytes.count {
            var body = ByteReader(Array(writer.bytes[8..<size]))
            _ = try? B(parsing: &body)
        }
    }

    @Test("each box reads back as it was written")
    func roundTrips() throws {
        try roundTrip(FileTypeBox(Brands(major: "cmf2", compatible: ["cmf2", "iso6"])))
        try roundTrip(SegmentTypeBox(Brands(major: "msdh", compatible: ["msdh"])))
        try roundTrip(MovieHeaderBox(timescale: 25_000))
        var long = MovieHeaderBox(timescale: 1)
        long.duration = 1 << 40
        try roundTrip(long)
        try roundTrip(TrackHeaderBox(trackID: 1, isAudio: false, width: 1920 << 16, height: 1080 << 16))
        try roundTrip(MediaHeaderBox(timescale: 90_000, language: "fra"))
        try roundTrip(HandlerBox(HandlerBox.audio))
        try roundTrip(EditListBox([.init(duration: 0, mediaTime: 1024)]))
        try roundTrip(EditListBox([.init(duration: 5, mediaTime: -1), .init(duration: 1 << 33, mediaTime: 1 << 35)]))
        try roundTrip(PixelAspectRatioBox(horizontalSpacing: 160, verticalSpacing: 159))
        try roundTrip(
            ColourInformationBox(
                ColourDescription(
                    primaries: 9, transferCharacteristics: 16, matrixCoefficients: 9, isFullRange: true)))
        try roundTrip(
            ElementaryStreamDescriptorBox(
                decoderSpecificInformation: [0x11, 0x90], averageBitRate: 128_000, maximumBitRate: 192_000))
        try roundTrip(
            AVCDecoderConfiguration(
                sequenceParameterSets: [ParameterSets.high1080.sequence],
                pictureParameterSets: [ParameterSets.high1080.picture]))
    }

    @Test("each box of a fragment reads back as it was written")
    func fragmentRoundTrips() throws {
        var defaults = TrackExtendsBox(trackID: 7)
        defaults.defaultSampleDuration = 1024
        defaults.defaultSampleFlags = .nonSync
        try roundTrip(defaults)
        try roundTrip(MovieFragmentHeaderBox(sequenceNumber: 12))
        try roundTrip(
            TrackFragmentHeaderBox(
                trackID: 1, defaultSampleDuration: 1000, defaultSampleSize: nil, defaultSampleFlags: .sync))
        var based = TrackFragmentHeaderBox(
            trackID: 1, defaultSampleDuration: nil, defaultSampleSize: 4, defaultSampleFlags: nil)
        based.baseDataOffset = 1 << 40
        based.sampleDescriptionIndex = 2
        try roundTrip(based)
        try roundTrip(TrackFragmentDecodeTimeBox(baseMediaDecodeTime: 1 << 50))
        var run = TrackRunBox(
            sampleCount: 2, durations: [1, 2], sizes: [3, 4], flags: [.sync, .nonSync],
            compositionOffsets: [0, -512], version: 1)
        run.dataOffset = -8
        try roundTrip(run)
        try roundTrip(TrackRunBox(sampleCount: 3, firstSampleFlags: .sync, compositionOffsets: [0, 1, 2], version: 0))
        try roundTrip(
            SegmentIndexBox(
                referenceID: 1, timescale: 90_000, earliestPresentationTime: 1 << 40, firstOffset: 5,
                references: [
                    .init(size: 1000, duration: 180_000),
                    .init(isIndex: true, size: 7, duration: 8, startsWithSAP: false),
                ]))
    }

    struct Header: Sendable {
        var hex: String
        var bodySize: Int?
    }

    @Test(
        "sizes of boxes are checked before they are believed",
        arguments: [
            Header(hex: "00000008 66726565", bodySize: 0),
            Header(hex: "0000000a 66726565 abcd", bodySize: 2),
            Header(hex: "00000000 66726565 abcdef", bodySize: 3),
            Header(hex: "00000001 66726565 0000000000000011 ab", bodySize: 1),
            Header(hex: "00000001 66726565 000000000000000f ab"),
            Header(hex: "00000001 66726565 ffffffffffffffff ab"),
            Header(hex: "00000001 66726565 7fffffffffffffff ab"),
            Header(hex: "00000007 66726565"),
            Header(hex: "0000000b 66726565 abcd"),
            Header(hex: "00000008 6672"),
            Header(hex: "000000"),
        ])
    func headers(_ header: Header) throws {
        var reader = ByteReader([UInt8](hex: header.hex))
        if let size = header.bodySize {
            let box = try #require(try reader.nextBox(topLevel: true))
            #expect(box.body.remaining == size)
            #expect(box.type == "free")
            #expect(try reader.nextBox(topLevel: true) == nil)
        } else {
            #expect(throws: ISOBMFFError.self) { try reader.nextBox(topLevel: true) }
        }
    }

    @Test("a box without size is allowed at the top only")
    func endless() {
        var reader = ByteReader([UInt8](hex: "00000000 66726565"))
        #expect(throws: ISOBMFFError.self) { try reader.nextBox() }
    }

    @Test("an index is found in a file whose media are not there yet")
    func searchIndex() throws {
        let index = SegmentIndexBox(
            referenceID: 1, timescale: 1000, earliestPresentationTime: 0, firstOffset: 0,
            references: [.init(size: 10, duration: 2000)])
        var writer = ByteWriter()
        writer.writeBox("free") { $0.writeZeros(3) }
        index.write(to: &writer)
        writer.write([UInt8](hex: "00ffffff 6d646174 00"))
        let found = try SegmentIndexBox.first(in: writer.bytes)
        #expect(found.index == index)
        // Behind it come the media: eight bytes of a header, and one.
        #expect(found.end == writer.bytes.count - 9)
        #expect(throws: ISOBMFFError.self) { try SegmentIndexBox.first(in: [UInt8](hex: "00000008 66726565")) }
    }

    @Test("a run of a billion samples without bytes is refused")
    func endlessRun() {
        var body = ByteReader([UInt8](hex: "00000000 3b9aca00"))
        #expect(throws: ISOBMFFError(.limitExceeded, "1000000000 samples in a run, more than 1000000")) {
            try TrackRunBox(parsing: &body)
        }
    }

    @Test("names of boxes that are no text are still printed")
    func unprintable() {
        #expect(BoxType(rawValue: 0x6D6F_6F00).description == "moo?")
    }
}
