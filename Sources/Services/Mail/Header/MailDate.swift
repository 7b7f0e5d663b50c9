package import Foundation

/// Dates of header fields (RFC 5322 §3.3), obsolete forms included.
package enum MailDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let zones = [
        "UT": 0, "GMT": 0, "Z": 0, "UTC": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
        "PST": -8,
        "PDT": -7,
    ]

    /// Reads a date; nil when it is none.
    ///
    /// - Returns: the instant, and the offset of the writer's clock from UTC in seconds.
    package static func parse(_ text: some StringProtocol) -> (date: Date, offset: Int)? {
        var scanner = AddressScanner(text)
        var words: [Substring] = []
        while !scanner.isAtEnd, words.count < 10 {
            scanner.skipComments()
            let word = scanner.take {
                !AddressScanner.isWhitespace($0) && $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ",")
            }
            _ = scanner.take(UInt8(ascii: ","))
            if !word.isEmpty { words.append(Substring(word)) }
        }
        // The day of the week says nothing that the date does not.
        if let first = words.first, first.utf8.first.map({ $0 > UInt8(ascii: "9") }) == true { words.removeFirst() }
        guard words.count >= 4, let day = number(words[0], 1...31),
            let month = months.firstIndex(where: { words[1].prefix(3).lowercased() == $0.lowercased() }),
            var year = number(words[2], 0...9999)
        else { return nil }
        // §4.3: two digits, and three.
        if words[2].utf8.count == 2 {
            year += year < 50 ? 2000 : 1900
        } else if words[2].utf8.count == 3 {
            year += 1900
        }
        let time = words[3].split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(time.count), let hour = number(time[0], 0...23), let minute = number(time[1], 0...59),
            let second = time.count == 3 ? number(time[2], 0...60) : 0, day <= length(month, year)
        else { return nil }
        let offset = words.count > 4 ? zone(words[4]) : 0
        let seconds = Self.days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
        return (Date(timeIntervalSince1970: Double(seconds)), offset)
    }

    /// Writes a date.
    ///
    /// - Parameters:
    ///   - date: years 0 to 9999.
    ///   - offset: of the writer's clock from UTC, in seconds; whole minutes of it are used.
    package static func format(_ date: Date, offset: Int = 0) -> String {
        let offset = offset / 60 * 60
        let seconds =
            Int(max(-62_167_219_200, min(253_402_300_799, date.timeIntervalSince1970.rounded(.down)))) + offset
        let dayNumber = Int((Double(seconds) / 86400).rounded(.down))
        let time = seconds - dayNumber * 86400
        let (year, month, day) = civil(dayNumber)
        let weekday = days[((dayNumber % 7) + 11) % 7]
        let zone = abs(offset) / 60
        return "\(weekday), \(day) \(months[month]) \(pad(year, 4)) "
            + "\(pad(time / 3600, 2)):\(pad(time / 60 % 60, 2)):\(pad(time % 60, 2)) "
            + "\(offset < 0 ? "-" : "+")\(pad(zone / 60, 2))\(pad(zone % 60, 2))"
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int(text), range.contains(value)
        else { return nil }
        return value
    }

    /// Seconds from UTC; 0 for a zone that nobody knows (§4.3).
    private static func zone(_ text: Substring) -> Int {
        if let hours = zones[text.uppercased()] { return hours * 3600 }
        guard text.utf8.count == 5, let digits = Int(text.dropFirst()), digits >= 0,
            text.first == "+" || text.first == "-"
        else { return 0 }
        let seconds = digits / 100 * 3600 + digits % 100 * 60
        return text.first == "-" ? -seconds : seconds
    }

    private static func length(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 1: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 3, 5, 8, 10: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar; `month` from 0.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        // Years begin in March, so that the leap day is the last one.
        let year = month < 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The reverse of ``days(_:_:_:)``.
    private static func civil(_ number: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = (shiftedMonth + 2) % 12
        return (yearOfEra + era * 400 + (month < 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
