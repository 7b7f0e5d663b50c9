/// How a coded picture has to be turned before it is shown: mirrored, then transposed.
package struct Orientation: Sendable, Hashable {
    /// Left and right change places first.
    package var mirrorsHorizontally: Bool
    /// Top and bottom change places first.
    package var mirrorsVertically: Bool
    /// Then rows become columns.
    package var transposes: Bool

    package init(mirrorsHorizontally: Bool, mirrorsVertically: Bool, transposes: Bool) {
        self.mirrorsHorizontally = mirrorsHorizontally
        self.mirrorsVertically = mirrorsVertically
        self.transposes = transposes
    }

    /// As coded.
    package static let upright = Orientation(
        mirrorsHorizontally: false, mirrorsVertically: false, transposes: false)

    /// Reads a display matrix (ISO/IEC 14496-12 §8.3.2: a, b, u, c, d, v, x, y, w; a point maps to
    /// (a·x + c·y, b·x + d·y)). Turns by a multiple of 90° and mirror images are understood; nil for any other.
    package init?(displayMatrix matrix: [Int32]) {
        guard matrix.count == 9 else { return nil }
        let (a, b, c, d) = (matrix[0], matrix[1], matrix[3], matrix[4])
        if b == 0, c == 0, a != 0, d != 0 {
            self.init(mirrorsHorizontally: a < 0, mirrorsVertically: d < 0, transposes: false)
        } else if a == 0, d == 0, b != 0, c != 0 {
            // Target x is c·y, target y is b·x: transposed, and a negative factor mirrors the source's axis first.
            self.init(mirrorsHorizontally: b < 0, mirrorsVertically: c < 0, transposes: true)
        } else {
            return nil
        }
    }
}
