/// Files that are MP4 as far as their boxes go.
enum MovieFile {
    /// A file that says it lasts `seconds`.
    static func bytes(seconds: Double, mediaSize: Int, headerFirst: Bool, version: UInt8 = 0) -> [UInt8] {
        let ticks = UInt64(seconds * 1000)
        let times: [UInt8] =
            version == 1
            ? number(0, 8) + number(0, 8) + number(1000, 4) + number(ticks, 8)
            : number(0, 4) + number(0, 4) + number(1000, 4) + number(ticks, 4)
        let header = box("mvhd", [version, 0, 0, 0] + times + [UInt8](repeating: 0, count: 80))
        let movie = box("moov", box("udta", [1, 2, 3]) + header)
        let media = box("mdat", [UInt8](repeating: 7, count: mediaSize))
        let type = box("ftyp", Array("isom".utf8) + [0, 0, 2, 0])
        return headerFirst ? type + movie + media : type + media + movie
    }

    static func box(_ type: String, _ body: [UInt8]) -> [UInt8] {
        number(UInt64(body.count + 8), 4) + Array(type.utf8) + body
    }

    static func number(_ value: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * (width - 1 - $0))) }
    }
}
