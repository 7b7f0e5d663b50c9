import Foundation

/// A line of a trace that cannot be read.
package struct TraceError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    package var description: String
}

extension TraceEvent: Codable {
    private enum Kind: String, Codable {
        case session, decision, request, buffer, startup, stallBegan, stallEnded
        case versionSwitch = "switch"
        case end
    }

    private enum Key: String, CodingKey {
        case type, time, duration
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Kind.self, forKey: .type) {
        case .session: self = .session(try SessionRecord(from: decoder))
        case .decision: self = .decision(try DecisionRecord(from: decoder))
        case .request: self = .request(try RequestRecord(from: decoder))
        case .buffer: self = .buffer(try BufferRecord(from: decoder))
        case .startup: self = .startup(time: try container.decode(Double.self, forKey: .time))
        case .stallBegan: self = .stallBegan(time: try container.decode(Double.self, forKey: .time))
        case .stallEnded:
            self = .stallEnded(
                time: try container.decode(Double.self, forKey: .time),
                duration: try container.decode(Double.self, forKey: .duration))
        case .versionSwitch: self = .versionSwitch(try SwitchRecord(from: decoder))
        case .end: self = .end(try EndRecord(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        func open(_ kind: Kind) throws { try container.encode(kind, forKey: .type) }
        switch self {
        case .session(let record):
            try open(.session)
            try record.encode(to: encoder)
        case .decision(let record):
            try open(.decision)
            try record.encode(to: encoder)
        case .request(let record):
            try open(.request)
            try record.encode(to: encoder)
        case .buffer(let record):
            try open(.buffer)
            try record.encode(to: encoder)
        case .startup(let time):
            try open(.startup)
            try container.encode(time, forKey: .time)
        case .stallBegan(let time):
            try open(.stallBegan)
            try container.encode(time, forKey: .time)
        case .stallEnded(let time, let duration):
            try open(.stallEnded)
            try container.encode(time, forKey: .time)
            try container.encode(duration, forKey: .duration)
        case .versionSwitch(let record):
            try open(.versionSwitch)
            try record.encode(to: encoder)
        case .end(let record):
            try open(.end)
            try record.encode(to: encoder)
        }
    }
}

extension TraceEvent {
    /// This event as one line of JSON, without the line's end. Members are sorted, so that equal events give equal bytes.
    package func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The events of a trace file's text. Empty lines are passed over, and so are events of kinds that this build does
    /// not know, when they come from a newer schema. A last line that has no end and cannot be read is what a writer
    /// leaves that was killed; it is passed over too.
    ///
    /// - Parameters:
    ///   - text: the file's content.
    ///   - name: of the file, for messages.
    /// - Throws: ``TraceError`` that names the line.
    package static func events(inLines text: String, of name: String) throws -> [TraceEvent] {
        struct Head: Decodable {
            var type: String
            var schema: Int?
        }
        let decoder = JSONDecoder()
        var events: [TraceEvent] = []
        var isNewer = false
        // Bytes, not characters: CR LF is one character, and the CR is white space to JSON.
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let data = Data(line)
            guard data.contains(where: { !Self.whiteSpace.contains($0) }) else { continue }
            do {
                let head = try decoder.decode(Head.self, from: data)
                if let schema = head.schema, schema > SessionRecord.currentSchema { isNewer = true }
                if isNewer, Kind(rawValue: head.type) == nil { continue }
                events.append(try decoder.decode(TraceEvent.self, from: data))
            } catch {
                // Only what follows the last line's end is unfinished; the head is needed in any case.
                if index == lines.count - 1, !events.isEmpty { break }
                throw TraceError(description: "\(name), line \(index + 1): not an event of a playback trace")
            }
        }
        guard case .session? = events.first else {
            throw TraceError(description: "\(name): a playback trace begins with an event of type session")
        }
        return events
    }

    /// RFC 8259 §2.
    private static let whiteSpace: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
}
