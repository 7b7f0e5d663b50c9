/// H.264 in the byte stream format of Rec. ITU-T H.264 Annex B, as encoders give it: NAL units behind start codes.
package enum AnnexB {
    /// The NAL units of `stream` without start codes and the zeros around them.
    package static func nalUnits(in stream: [UInt8]) -> [ArraySlice<UInt8>] {
        var units: [ArraySlice<UInt8>] = []
        var start: Int?
        var index = 0
        func close(at end: Int) {
            guard let start else { return }
            var end = end
            while end > start, stream[end - 1] == 0 { end -= 1 }
            if end > start { units.append(stream[start..<end]) }
        }
        while index + 2 < stream.count {
            // The third byte decides how far the next start code 00 00 01 can be.
            if stream[index + 2] > 1 {
                index += 3
            } else if stream[index] == 0, stream[index + 1] == 0, stream[index + 2] == 1 {
                close(at: index)
                start = index + 3
                index += 3
            } else {
                index += 1
            }
        }
        close(at: stream.count)
        return units
    }

    /// An access unit as a sample of an `avc1` track: four-byte lengths in place of start codes
    /// (ISO/IEC 14496-15 §5.3.3).
    ///
    /// Parameter sets are left out, since the sample entry carries them, and so are delimiters and filler data, which
    /// mean nothing in a file.
    ///
    /// - Parameters:
    ///   - accessUnit: a byte stream (ITU-T H.264 annex B).
    ///   - keepsUserData: false also leaves out supplemental enhancement information that is nothing but unregistered
    ///     user data, such as the encoder's name and options (some 700 bytes a segment with libx264).
    package static func sample(_ accessUnit: [UInt8], keepsUserData: Bool = false) -> [UInt8] {
        var sample: [UInt8] = []
        sample.reserveCapacity(accessUnit.count + 8)
        for unit in nalUnits(in: accessUnit) {
            guard let header = unit.first, isKept(NALUnitType(header: header), unit, keepsUserData) else { continue }
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: unit.count).bigEndian) { sample.append(contentsOf: $0) }
            sample.append(contentsOf: unit)
        }
        return sample
    }

    private static func isKept(_ type: NALUnitType, _ unit: ArraySlice<UInt8>, _ keepsUserData: Bool) -> Bool {
        switch type {
        case .sequenceParameterSet, .pictureParameterSet, .sequenceParameterSetExtension, .accessUnitDelimiter,
            .fillerData:
            false
        case .supplementalEnhancementInformation:
            keepsUserData || !isUserDataOnly(unit)
        default: true
        }
    }

    /// Whether an SEI NAL unit consists of one unregistered user data message, payload type 5 (§7.3.2.3.1, D.1.7).
    private static func isUserDataOnly(_ unit: ArraySlice<UInt8>) -> Bool {
        let payload = removingEmulationPrevention(unit.dropFirst())
        guard payload.first == 5 else { return false }
        var (index, size) = (1, 0)
        while index < payload.count, payload[index] == 0xFF { (index, size) = (index + 1, size + 255) }
        guard index < payload.count else { return false }
        size += Int(payload[index])
        // Behind the message only the trailing stop bit remains.
        return index + 1 + size + 1 == payload.count
    }

    /// The bytes without the 03 that keeps 00 00 03 from looking like a start code (§7.4.1).
    static func removingEmulationPrevention(_ payload: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(payload.count)
        var zeros = 0
        for byte in payload {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            result.append(byte)
        }
        return result
    }
}

/// `nal_unit_type` (Rec. ITU-T H.264 Table 7-1), those that a file format treats specially.
struct NALUnitType: RawRepresentable, Sendable, Hashable {
    let rawValue: UInt8

    static let supplementalEnhancementInformation = NALUnitType(rawValue: 6)
    static let sequenceParameterSet = NALUnitType(rawValue: 7)
    static let pictureParameterSet = NALUnitType(rawValue: 8)
    static let accessUnitDelimiter = NALUnitType(rawValue: 9)
    static let fillerData = NALUnitType(rawValue: 12)
    static let sequenceParameterSetExtension = NALUnitType(rawValue: 13)

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    init(header: UInt8) {
        rawValue = header & 0x1F
    }
}
