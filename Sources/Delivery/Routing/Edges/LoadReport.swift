/// What an edge tells of its load.
package struct LoadReport: Sendable, Hashable {
    /// Client connections open now.
    package var connections: Double
    /// Bytes sent to clients since it was started.
    package var sentBytes: Double

    package init(connections: Double, sentBytes: Double) {
        self.connections = connections
        self.sentBytes = sentBytes
    }

    /// Reads an edge's `/metrics` (Prometheus's text format 0.0.4): `headwater_http_connections` and
    /// `headwater_http_sent_bytes_total`, summed over their labels. Nil unless both are there.
    package init?(prometheus text: String) {
        var (connections, sentBytes): (Double?, Double?) = (nil, nil)
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
            guard let (name, value) = Self.sample(line) else { continue }
            switch name {
            case "headwater_http_connections": connections = (connections ?? 0) + value
            case "headwater_http_sent_bytes_total": sentBytes = (sentBytes ?? 0) + value
            default: break
            }
        }
        guard let connections, let sentBytes else { return nil }
        self.init(connections: connections, sentBytes: sentBytes)
    }

    /// `NAME{LABELS} VALUE TIME`, labels and time optional; values that no load can have are none.
    private static func sample(_ line: some Collection<UInt8>) -> (name: String, value: Double)? {
        let name = line.prefix { $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        var rest = Array(line.dropFirst(name.count))[...]
        if rest.first == UInt8(ascii: "{") {
            // Labels may have spaces and braces within their quotation marks.
            var (isQuoted, isEscaped) = (false, false)
            let labels = rest.prefix { octet in
                if isEscaped {
                    isEscaped = false
                } else if isQuoted, octet == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if octet == UInt8(ascii: "\"") {
                    isQuoted.toggle()
                }
                return isQuoted || octet != UInt8(ascii: "}")
            }
            rest = rest.dropFirst(labels.count + 1)
        }
        let words = String(decoding: rest, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard let value = words.first.flatMap({ Double($0) }), value.isFinite, value >= 0 else { return nil }
        return (String(decoding: name, as: UTF8.self), value)
    }
}
