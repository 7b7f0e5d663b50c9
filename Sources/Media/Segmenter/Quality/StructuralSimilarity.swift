/// Structural similarity of pictures (Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions on Image Processing 13(4),
/// 2004), computed as FFmpeg's `ssim` filter does: over the luma's windows of 8×8 samples at every fourth row and column,
/// all samples of a window weighing the same, with the paper's constants K₁ = 0.01 and K₂ = 0.03. As in FFmpeg, and x264
/// before it, the constant beside the means counts a 64th of the paper's, which shows in near-black pictures alone.
///
/// A window consists of four blocks of 4×4 samples, whose sums it shares with its neighbours. Sums are integers, and means
/// are added up in a fixed order, so that the same pictures give the same number everywhere.
struct StructuralSimilarity {
    /// A plane of samples of 8 bits.
    struct Plane {
        var samples: UnsafePointer<UInt8>
        /// From one row to the next.
        var stride: Int
    }

    /// What a window needs to know of a block of two pictures.
    private struct Sums {
        var first: Int32 = 0
        var second: Int32 = 0
        var squares: Int32 = 0
        var products: Int32 = 0
    }

    /// The least width and height: one window.
    static let leastSize = 8

    /// Columns and rows of blocks.
    private let (columns, rows): (Int, Int)
    /// Of the row of blocks before, and of this one.
    private var (above, below): ([Sums], [Sums])

    /// A measurement of pictures of one size.
    /// - Precondition: neither is below ``leastSize``.
    init(width: Int, height: Int) {
        precondition(width >= Self.leastSize && height >= Self.leastSize, "a picture holds one window at least")
        (columns, rows) = (width / 4, height / 4)
        above = Array(repeating: Sums(), count: columns)
        below = above
    }

    /// The mean over all windows, from −1 to 1; 1 for equal pictures.
    mutating func mean(of first: Plane, _ second: Plane) -> Double {
        var total = 0.0
        for row in 0..<rows {
            swap(&above, &below)
            addUp(row, first, second)
            if row > 0 { total += windows() }
        }
        return total / Double((rows - 1) * (columns - 1))
    }

    /// Makes the sums of one row of blocks.
    private mutating func addUp(_ row: Int, _ first: Plane, _ second: Plane) {
        let a = first.samples + 4 * row * first.stride
        let b = second.samples + 4 * row * second.stride
        below.withUnsafeMutableBufferPointer { sums in
            for column in 0..<columns {
                var block = Sums()
                for y in 0..<4 {
                    let p = a + (y &* first.stride &+ 4 &* column)
                    let q = b + (y &* second.stride &+ 4 &* column)
                    for x in 0..<4 {
                        let (u, v) = (Int32(p[x]), Int32(q[x]))
                        block.first &+= u
                        block.second &+= v
                        block.squares &+= u &* u &+ v &* v
                        block.products &+= u &* v
                    }
                }
                sums[column] = block
            }
        }
    }

    /// The sum over the windows that lie in the latest two rows of blocks.
    private func windows() -> Double {
        // K₁² · 255² · 64 and K₂² · 255² · 64 · 63, beside squares of sums of 64 samples.
        let (c1, c2): (Int32, Int32) = (416, 235_963)
        var total = 0.0
        above.withUnsafeBufferPointer { above in
            below.withUnsafeBufferPointer { below in
                for column in 0..<columns - 1 {
                    let (a, b, c, d) = (above[column], above[column + 1], below[column], below[column + 1])
                    let first = a.first &+ b.first &+ c.first &+ d.first
                    let second = a.second &+ b.second &+ c.second &+ d.second
                    let squares = a.squares &+ b.squares &+ c.squares &+ d.squares
                    let products = a.products &+ b.products &+ c.products &+ d.products
                    let power = first &* first &+ second &* second
                    let variances = squares &* 64 &- power
                    let covariance = products &* 64 &- first &* second
                    total +=
                        Double(2 &* first &* second &+ c1) * Double(2 &* covariance &+ c2)
                        / (Double(power &+ c1) * Double(variances &+ c2))
                }
            }
        }
        return total
    }
}
