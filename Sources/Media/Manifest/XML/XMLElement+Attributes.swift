import Presentation

/// Attributes as values. Absent is nil; present and not of the type is an error that names line, element and
/// attribute.
extension XMLElement {
    func children(named name: String) -> [XMLElement] {
        children.filter { $0.name == name && $0.namespace == namespace }
    }

    func first(_ name: String) -> XMLElement? {
        children.first { $0.name == name && $0.namespace == namespace }
    }

    func string(_ attribute: String) -> String? { attributes[attribute] }

    func malformed(_ attribute: String, _ expectation: String) -> ManifestError {
        let value = attributes[attribute].map { "is '\($0.prefix(60))'" } ?? "is missing"
        return ManifestError(.malformed, "\(name)@\(attribute) \(value); it must be \(expectation)", line: line)
    }

    /// A whole number without sign that `Value` can hold.
    func number<Value: FixedWidthInteger>(_ attribute: String, as _: Value.Type = Value.self)
        throws(ManifestError) -> Value?
    {
        guard let text = attributes[attribute] else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let value = Value(text)
        else { throw malformed(attribute, "a whole number up to \(Value.max)") }
        return value
    }

    /// Samples, hertz or code points: numbers that fit 31 bits in any honest manifest.
    func count(_ attribute: String) throws(ManifestError) -> Int? {
        try number(attribute, as: Int32.self).map(Int.init)
    }

    /// In seconds, from `xs:duration`.
    func duration(_ attribute: String) throws(ManifestError) -> Double? {
        guard let text = attributes[attribute] else { return nil }
        guard let seconds = XMLDuration.seconds(text) else {
            throw malformed(attribute, "a duration such as PT12.5S")
        }
        return seconds
    }

    /// `true` or `1`, `false` or `0`. Anything else, such as the group number of older editions, is no answer.
    func flag(_ attribute: String) -> Bool? {
        switch attributes[attribute] {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }

    /// `30`, `30000/1001` (§5.3.7.2, FrameRateType) or, from some packagers, `29.97`.
    func frameRate(_ attribute: String) throws(ManifestError) -> Rational? {
        guard let text = attributes[attribute] else { return nil }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, let numerator = Int32(parts[0]), let denominator = Int32(parts[1]), numerator > 0,
            denominator > 0
        {
            return Rational(Int(numerator), Int(denominator))
        }
        if parts.count == 1, let rate = Double(text), rate > 0, rate < 1e6 {
            return Rational(Int((rate * 1000).rounded()), 1000)
        }
        throw malformed(attribute, "a rate such as 25 or 30000/1001")
    }

    /// `0-99` (§5.3.9.2.2), inclusive.
    func byteRange(_ attribute: String) throws(ManifestError) -> ClosedRange<Int64>? {
        guard let text = attributes[attribute] else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = Int64(parts[0]), let last = Int64(parts[1]), first >= 0, last >= first,
            // The number of bytes is one more than the difference, and has to fit too.
            last < .max
        else { throw malformed(attribute, "a byte range such as 0-99") }
        return first...last
    }
}
