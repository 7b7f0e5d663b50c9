/// A body that is read by several while it arrives: pieces at offsets, the foremost of which may be let go.
package struct GrowingBody<Piece: Sendable>: Sendable {
    private struct Held: Sendable {
        /// Nil once it is let go.
        var piece: Piece?
        var end: Int
    }

    private var held: [Held] = []
    /// How many of `held` are let go; they are cut off when they are most of the array.
    private var dropped = 0
    /// The offset of the first byte held.
    package private(set) var start = 0
    /// The offset behind the last byte that arrived.
    package private(set) var end = 0

    package init() {}

    /// Bytes held.
    package var count: Int { end - start }

    /// All pieces held, in order.
    package var pieces: [Piece] { held[dropped...].compactMap(\.piece) }

    /// Adds a piece of `count` bytes, at least one.
    package mutating func append(_ piece: Piece, count: Int) {
        end += count
        held.append(Held(piece: piece, end: end))
    }

    /// The piece that holds the byte at `offset`, and where in it that byte is; nil when it has not arrived or is
    /// gone.
    package func piece(at offset: Int) -> (piece: Piece, offset: Int)? {
        guard offset >= start, offset < end else { return nil }
        var low = dropped
        var high = held.count - 1
        while low < high {
            let middle = (low + high) / 2
            if held[middle].end <= offset { low = middle + 1 } else { high = middle }
        }
        guard let piece = held[low].piece else { return nil }
        return (piece, offset - (low == dropped ? start : held[low - 1].end))
    }

    /// Lets go of the pieces that end at or before `offset`.
    package mutating func drop(before offset: Int) {
        while dropped < held.count, held[dropped].end <= offset {
            start = held[dropped].end
            held[dropped].piece = nil
            dropped += 1
        }
        if dropped > 32, dropped > held.count / 2 {
            held.removeFirst(dropped)
            dropped = 0
        }
    }

    /// Puts one piece in the place of all, when nothing was let go: the whole body in one.
    package mutating func consolidate(_ whole: Piece) {
        held = [Held(piece: whole, end: end)]
        dropped = 0
    }
}
