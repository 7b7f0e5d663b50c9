/// What became of a segmentation.
package struct SegmentationOutcome: Sendable, Hashable {
    /// nil if the sound was left out.
    package var sound: AudioOutcome?
    /// Pictures that could not be decoded, or only in part.
    package var damagedPictures = 0
    /// Pieces of sound that could not be decoded.
    package var damagedSounds = 0

    package init(sound: AudioOutcome? = nil, damagedPictures: Int = 0, damagedSounds: Int = 0) {
        self.sound = sound
        self.damagedPictures = damagedPictures
        self.damagedSounds = damagedSounds
    }

    mutating func add(_ other: SegmentationOutcome) {
        sound = other.sound ?? sound
        damagedPictures += other.damagedPictures
        damagedSounds += other.damagedSounds
    }

    /// What a user should know, one line each.
    package var warnings: [String] {
        var warnings: [String] = []
        if damagedPictures > 0 {
            warnings.append(
                damagedPictures == 1
                    ? "a picture of the source could not be decoded, or only in part"
                    : "\(damagedPictures) pictures of the source could not be decoded, or only in part")
        }
        if damagedSounds > 0 {
            let count = damagedSounds == 1 ? "a piece" : "\(damagedSounds) pieces"
            warnings.append("\(count) of the source's sound could not be decoded: silence instead")
        }
        return warnings
    }
}
