import Presentation

/// What a client tells servers with each request (CTA-5004, Common Media Client Data): one property for each reserved
/// key, and how they are written.
///
/// Lengths of time are seconds and rates bits/s here; rounded to the specification's units when they are written.
package struct CommonMediaClientData: Sendable, Hashable {
    /// `ot`: what is asked for.
    package enum ObjectType: String, Sendable, Hashable {
        case manifest = "m"
        case audio = "a"
        case video = "v"
        case initialization = "i"
    }

    /// `br`: the version's bit rate, in bits/s.
    package var bitRate: Int?
    /// `bl`: what is buffered of this medium, in seconds.
    package var bufferLength: Double?
    /// `bs`: playback came to a halt since the request before.
    package var bufferStarvation = false
    /// `cid`: names the content; at most 64 characters are written.
    package var contentID: String?
    /// `d`: length of the object's media, in seconds.
    package var objectDuration: Double?
    /// `dl`: until when the object is needed, in seconds from the request.
    package var deadline: Double?
    /// `mtp`: throughput as the client measured it, in bits/s.
    package var measuredThroughput: Double?
    /// `nor`: where the next object probably is, relative to this one.
    package var nextObject: String?
    /// `nrr`: the part of it, as `FIRST-LAST`.
    package var nextRange: ClosedRange<Int64>?
    package var objectType: ObjectType?
    /// `rtp`: more than this is of no use to the client, in bits/s.
    package var requestedMaximumThroughput: Double?
    /// `sid`: names the playback session; at most 64 characters are written.
    package var sessionID: String?
    /// `su`: needed urgently, for the start-up or for the end of a stall.
    package var startup = false
    /// `tb`: the highest bit rate that the client may choose, in bits/s.
    package var topBitRate: Int?

    package init() {}

    /// How it goes to the server.
    package enum Transmission: String, Sendable, Hashable, CaseIterable {
        /// In four header fields (CTA-5004 §2.1).
        case header
        /// In the query argument `CMCD` (CTA-5004 §2.2).
        case query
    }

    /// The header fields, those without keys left out.
    package var fields: [(name: String, value: String)] {
        Field.allCases.compactMap { field in
            let pairs = pairs.filter { $0.field == field }
            return pairs.isEmpty ? nil : (field.rawValue, Self.text(pairs))
        }
    }

    /// `url` with the query argument.
    package func appended(to url: String) -> String {
        var reference = URIReference(url)
        let argument = "CMCD=" + URIReference.percentEncodedSegment(Self.text(pairs))
        reference.query = reference.query.map { $0.isEmpty ? argument : "\($0)&\(argument)" } ?? argument
        return reference.description
    }

    // MARK: Writing

    /// By how long its keys hold.
    private enum Field: String, CaseIterable {
        case object = "CMCD-Object"
        case request = "CMCD-Request"
        case session = "CMCD-Session"
        case status = "CMCD-Status"
    }

    private struct Pair {
        var field: Field
        var key: String
        /// As it is written; nil for a key that is true by being there.
        var value: String?
    }

    /// In the order of their keys (CTA-5004 §2).
    private var pairs: [Pair] {
        var pairs: [Pair] = []
        func add(_ field: Field, _ key: String, _ value: String?) {
            if let value { pairs.append(Pair(field: field, key: key, value: value)) }
        }
        add(.request, "bl", bufferLength.flatMap { Self.rounded($0 * 1000, to: 100) })
        add(.object, "br", bitRate.flatMap { Self.rounded(Double($0) / 1000, to: 1) })
        if bufferStarvation { pairs.append(Pair(field: .status, key: "bs", value: nil)) }
        add(.session, "cid", contentID.map(Self.quoted))
        add(.object, "d", objectDuration.flatMap { Self.rounded($0 * 1000, to: 1) })
        add(.request, "dl", deadline.flatMap { Self.rounded($0 * 1000, to: 100) })
        add(.request, "mtp", measuredThroughput.flatMap { Self.rounded($0 / 1000, to: 100) })
        add(.request, "nor", nextObject.map { "\"" + URIReference.percentEncodedSegment($0) + "\"" })
        add(.request, "nrr", nextRange.map { "\"\($0.lowerBound)-\($0.upperBound)\"" })
        add(.object, "ot", objectType?.rawValue)
        add(.status, "rtp", requestedMaximumThroughput.flatMap { Self.rounded($0 / 1000, to: 100) })
        add(.session, "sf", "d")
        add(.session, "sid", sessionID.map(Self.quoted))
        add(.session, "st", "v")
        if startup { pairs.append(Pair(field: .request, key: "su", value: nil)) }
        add(.object, "tb", topBitRate.flatMap { Self.rounded(Double($0) / 1000, to: 1) })
        return pairs
    }

    private static func text(_ pairs: [Pair]) -> String {
        pairs.map { pair in pair.value.map { "\(pair.key)=\($0)" } ?? pair.key }.joined(separator: ",")
    }

    /// The nearest multiple of `unit`; nil for what no integer of the format holds (RFC 8941 §3.3.1).
    private static func rounded(_ value: Double, to unit: Double) -> String? {
        guard value.isFinite, value >= 0, value < 1e15 else { return nil }
        return String(Int((value / unit).rounded() * unit))
    }

    /// A string (RFC 8941 §3.3.3); characters that none can hold are left out.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for byte in text.utf8.filter({ (0x20...0x7E).contains($0) }).prefix(64) {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { quoted += "\\" }
            quoted.unicodeScalars.append(Unicode.Scalar(byte))
        }
        return quoted + "\""
    }
}

extension CommonMediaClientData {
    /// `target` as a reference relative to `base`, both absolute: what a client that resolves it against `base` arrives
    /// at. Nil where they are not on the same server.
    static func relativePath(from base: String, to target: String) -> String? {
        let (base, target) = (URIReference(base), URIReference(target))
        guard base.scheme == target.scheme, base.authority == target.authority, target.query == nil else { return nil }
        let from = base.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let to = target.path.split(separator: "/", omittingEmptySubsequences: false)
        let shared = zip(from, to.dropLast()).prefix { $0 == $1 }.count
        let steps = Array(repeating: "..", count: from.count - shared) + to.dropFirst(shared).map(String.init)
        return steps.joined(separator: "/")
    }
}
