/// What an invitation or another calendar object says in short (RFC 5545, RFC 5546).
package struct CalendarEvent: Sendable, Hashable {
    /// What is asked for, in upper case: `REQUEST`, `CANCEL`, `REPLY`, …; empty when nothing is.
    package internal(set) var method = ""
    package internal(set) var summary = ""
    /// `2026-11-30`, or with a time `2026-11-30 14:00`, and behind it `UTC` or the time zone's name, if there is one.
    package internal(set) var start = ""
    /// The same; empty when only its duration is known or nothing.
    package internal(set) var end = ""
    /// As it is written, `PT1H30M` for instance; empty when it has an end.
    package internal(set) var duration = ""
    package internal(set) var location = ""
    /// Name and address, or either.
    package internal(set) var organizer = ""
    /// How often it comes again: `weekly`; empty when it does not.
    package internal(set) var frequency = ""
    /// Whether it is said to be cancelled.
    package internal(set) var isCancelled = false
    /// More about it, as it is written.
    package internal(set) var note = ""

    /// Events that are read of one object: more of them are none that a message is about.
    package static let maximumCount = 10
    /// Characters of a value.
    static let longestValue = 10_000

    /// Lines for people, without an end behind the last.
    package var text: String {
        let kind =
            switch method {
            case _ where isCancelled, "CANCEL": "Cancelled"
            case "REQUEST", "ADD": "Invitation"
            case "REPLY": "Reply to an invitation"
            case "COUNTER": "Counter-proposal"
            default: "Event"
            }
        var lines = [summary.isEmpty ? kind : "\(kind): \(summary)"]
        if !start.isEmpty { lines.append("When: " + when) }
        if !frequency.isEmpty { lines.append("Repeats: " + frequency) }
        if !location.isEmpty { lines.append("Where: " + location) }
        if !organizer.isEmpty { lines.append("Organiser: " + organizer) }
        return lines.joined(separator: "\n")
    }

    private var when: String {
        guard !end.isEmpty, end != start else {
            return duration.isEmpty ? start : "\(start) (\(duration))"
        }
        // `2026-11-30 14:00 – 15:00 Europe/Berlin`: what is the same is said once.
        let (from, to) = (Self.words(start), Self.words(end))
        guard from.count > 1, to.count == from.count, from[0] == to[0] else { return "\(start) – \(end)" }
        let zone = from.count > 2 ? from[2] : ""
        guard (to.count > 2 ? to[2] : "") == zone else { return "\(start) – \(end)" }
        return "\(from[0]) \(from[1]) – \(to[1])" + (zone.isEmpty ? "" : " \(zone)")
    }

    private static func words(_ time: String) -> [Substring] { time.split(separator: " ", maxSplits: 2) }

    /// Words that it is found by.
    package var searchableText: String {
        [summary, location, organizer, note].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    // MARK: Reading

    /// The events of a calendar object, ten at most; tolerantly, in one pass.
    ///
    /// - Parameter text: lines that end with LF or CR LF, unfolded.
    static func events(in text: String) -> [CalendarEvent] {
        var reader = Reader()
        var lines = CalendarLines(text)
        while reader.events.count < maximumCount, let line = lines.next() { reader.take(line) }
        return reader.finish()
    }

    private struct Reader {
        var events: [CalendarEvent] = []
        private var method = ""
        private var event: CalendarEvent?
        /// Components within the event that are open, such as alarms: what they say is not about it.
        private var inner = 0

        mutating func take(_ line: CalendarLine) {
            switch line.name {
            case "BEGIN" where line.value.uppercased() == "VEVENT" && event == nil: event = CalendarEvent()
            case "BEGIN" where event != nil: inner += 1
            case "END" where event != nil && inner > 0: inner -= 1
            case "END" where line.value.uppercased() == "VEVENT": finishEvent()
            case "METHOD" where event == nil: method = line.text.uppercased()
            default:
                guard event != nil, inner == 0 else { return }
                property(line)
            }
        }

        private mutating func property(_ line: CalendarLine) {
            // Of several the first counts.
            func set(_ path: WritableKeyPath<CalendarEvent, String>, _ value: String) {
                if event?[keyPath: path].isEmpty == true { event?[keyPath: path] = value }
            }
            switch line.name {
            case "SUMMARY": set(\.summary, line.text)
            case "LOCATION": set(\.location, line.text)
            case "DESCRIPTION": set(\.note, CalendarLine.unescape(line.value))
            case "DTSTART": set(\.start, line.time)
            case "DTEND": set(\.end, line.time)
            case "DURATION": set(\.duration, line.text)
            case "ORGANIZER": set(\.organizer, line.person)
            case "RRULE": set(\.frequency, line.frequency)
            case "STATUS": event?.isCancelled = line.value.uppercased() == "CANCELLED"
            default: break
            }
        }

        private mutating func finishEvent() {
            guard let event else { return }
            if !event.summary.isEmpty || !event.start.isEmpty { events.append(event) }
            self.event = nil
        }

        /// What was read; an event whose end is missing counts.
        mutating func finish() -> [CalendarEvent] {
            if events.count < CalendarEvent.maximumCount { finishEvent() }
            // The method may stand behind, whatever the standard says.
            return events.map {
                var event = $0
                event.method = method
                return event
            }
        }
    }
}

extension MIMEPart {
    /// The events of a part that is a calendar object.
    func events(of octets: some RandomAccessCollection<UInt8>, limit: Int) -> [CalendarEvent] {
        let body = encoding.decode(octets.dropFirst(body.lowerBound).prefix(min(limit, body.count)))
        // A line may be folded in the midst of a character (§3.1).
        return CalendarEvent.events(in: decodedText(CalendarLines.unfolded(body)))
    }
}
