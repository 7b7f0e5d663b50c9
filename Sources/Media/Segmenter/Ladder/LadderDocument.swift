internal import Foundation
package import Presentation

/// A ladder as a file: a JSON array of rungs.
///
/// ```json
/// [
///   { "height": 240, "maximumBitRate": 300000 },
///   { "height": 480, "maximumBitRate": 1000000 },
///   { "width": 1280, "height": 720, "maximumBitRate": 3000000 }
/// ]
/// ```
///
/// `height` counts lines (columns of a portrait source) and is even; `width` may be left out, it then follows from the
/// source's shape; of a portrait source the two change places. `maximumBitRate` is in bits per second and may be left
/// out. No rung may be larger than the source.
package struct LadderDocument: Sendable, Hashable {
    /// One rung as written.
    package struct Entry: Sendable, Hashable {
        package var width: Int?
        package var height: Int
        package var maximumBitRate: Int?

        package init(width: Int? = nil, height: Int, maximumBitRate: Int? = nil) {
            self.width = width
            self.height = height
            self.maximumBitRate = maximumBitRate
        }
    }

    package let entries: [Entry]

    package init(entries: [Entry]) { self.entries = entries }

    private static let bitRates = 10_000...1_000_000_000
    private static let mostRungs = 16

    /// Reads a document.
    /// - Throws: ``SegmenterError/Code/invalidLadder``, with the rung counted from 1 and what is wrong with it.
    package init(parsing bytes: [UInt8]) throws(SegmenterError) {
        let object = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
        guard let array = object as? [Any] else { throw Self.invalid("it is not a JSON array of rungs") }
        guard (1...Self.mostRungs).contains(array.count) else {
            throw Self.invalid("it has \(array.count) rungs, not 1 to \(Self.mostRungs)")
        }
        var entries: [Entry] = []
        for (index, element) in array.enumerated() {
            guard let fields = element as? [String: Any] else {
                throw Self.invalid("rung \(index + 1) is not an object")
            }
            if let unknown = fields.keys.sorted().first(where: { !["width", "height", "maximumBitRate"].contains($0) })
            {
                throw Self.invalid("rung \(index + 1) has an unknown field \"\(unknown)\"")
            }
            func number(_ name: String, in range: ClosedRange<Int>, even: Bool) throws(SegmenterError) -> Int? {
                guard let field = fields[name] else { return nil }
                guard !(field is Bool) || "\(field)" != "true" && "\(field)" != "false",
                    let value = (field as? NSNumber).flatMap({ Int(exactly: $0.doubleValue) }), range.contains(value),
                    !even || value.isMultiple(of: 2)
                else {
                    throw Self.invalid(
                        "\(name) of rung \(index + 1) must be an \(even ? "even number" : "integer") "
                            + "from \(range.lowerBound) to \(range.upperBound)")
                }
                return value
            }
            guard let height = try number("height", in: SourceGeometry.sizes, even: true) else {
                throw Self.invalid("rung \(index + 1) has no height")
            }
            entries.append(
                Entry(
                    width: try number("width", in: SourceGeometry.sizes, even: true), height: height,
                    maximumBitRate: try number("maximumBitRate", in: Self.bitRates, even: false)))
        }
        self.entries = entries
    }

    /// The ladder that the document means for a source.
    /// - Throws: ``SegmenterError/Code/invalidLadder`` for a rung larger than the source, or repeated.
    package func ladder(for source: SourceGeometry, frameRate: Rational) throws(SegmenterError) -> Ladder {
        let isPortrait = source.height > source.width
        var rungs: [Rung] = []
        for entry in entries {
            var rung: Rung
            if let width = entry.width {
                let (w, h) = isPortrait ? (entry.height, width) : (width, entry.height)
                guard w <= source.width, h <= source.height else { throw Self.tooLarge("\(w)x\(h)", source) }
                rung = source.rung(width: w, height: h, maximumBitRate: 0)
            } else {
                guard entry.height <= source.shortSide else { throw Self.tooLarge("\(entry.height) lines", source) }
                rung = source.rung(lines: entry.height, maximumBitRate: 0)
            }
            rung.maximumBitRate =
                entry.maximumBitRate
                ?? Ladder.maximumBitRate(width: rung.width, height: rung.height, frameRate: frameRate)
            rungs.append(rung)
        }
        return try Ladder(rungs: rungs)
    }

    private static func tooLarge(_ size: String, _ source: SourceGeometry) -> SegmenterError {
        invalid("a rung of \(size) is larger than the source (\(source.width)x\(source.height))")
    }

    private static func invalid(_ reason: String) -> SegmenterError {
        SegmenterError(.invalidLadder, "the ladder cannot be used: \(reason)")
    }
}
