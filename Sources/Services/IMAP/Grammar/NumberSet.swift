/// A set of message numbers or UIDs as a client writes it (RFC 9051 §9, `sequence-set`): `1:3,7,12:*`, or `$` for what the
/// last search saved (RFC 5182).
struct NumberSet: Sendable, Hashable {
    enum Bound: Sendable, Hashable {
        case number(UInt32)
        /// `*`: the largest that is in use.
        case last
    }

    struct Span: Sendable, Hashable {
        var first: Bound
        var last: Bound
    }

    /// Empty for `$`.
    var spans: [Span] = []
    var isSaved = false

    static let saved = NumberSet(isSaved: true)

    /// The numbers that it names, as ranges that ascend and do not touch.
    ///
    /// - Parameter last: what `*` stands for; 0 where there is nothing, when it stands for nothing either.
    func ranges(last: UInt32) -> [ClosedRange<UInt32>] {
        func value(_ bound: Bound) -> UInt32 {
            switch bound {
            case .number(let number): number
            case .last: last
            }
        }
        let ranges = spans.compactMap { span -> ClosedRange<UInt32>? in
            let (first, second) = (value(span.first), value(span.last))
            let (low, high) = (min(first, second), max(first, second))
            return low == 0 ? nil : low...high
        }
        return Self.merged(ranges)
    }

    /// The same numbers in ranges that ascend and do not touch.
    static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let previous = merged.last, UInt64(range.lowerBound) <= UInt64(previous.upperBound) + 1 {
                merged[merged.count - 1] = previous.lowerBound...max(previous.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// Ascending numbers as they are written in responses: `1:3,7`.
    static func text(_ numbers: some Sequence<UInt32>) -> String {
        var text = ""
        var span: ClosedRange<UInt32>?
        func close() {
            guard let span else { return }
            if !text.isEmpty { text += "," }
            text += span.count == 1 ? "\(span.lowerBound)" : "\(span.lowerBound):\(span.upperBound)"
        }
        for number in numbers {
            if let present = span, number == present.upperBound &+ 1 {
                span = present.lowerBound...number
            } else {
                close()
                span = number...number
            }
        }
        close()
        return text
    }
}
