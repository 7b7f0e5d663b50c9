/// A day, as `SEARCH` names it: `1-Feb-1994` (RFC 9051 §9, `date`).
struct IMAPDate: Sendable, Hashable, Comparable {
    var year: Int
    /// From 1.
    var month: Int
    var day: Int

    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter text: day, month's name and year; nil for what is no day of the calendar.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, (1...2).contains(parts[0].count), parts[2].count == 4,
            parts[0].allSatisfy(\.isASCIIDigit), parts[2].allSatisfy(\.isASCIIDigit),
            let day = Int(parts[0]), let year = Int(parts[2]),
            let month = Self.months.firstIndex(where: { $0.lowercased() == parts[1].lowercased() })
        else { return nil }
        self.init(year: year, month: month + 1, day: day)
    }

    /// Nil for what is no day of the calendar.
    init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (1...Self.days(inMonth: month, of: year)).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day of a moment, in seconds since 1970, where clocks are `offset` seconds ahead of UTC.
    init(seconds: Int, offset: Int = 0) {
        // Days to civil dates, by eras of 400 years that begin in March.
        let days = Self.floored(seconds + offset, 86_400) + 719_468
        let era = Self.floored(days, 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Seconds from 1970 to its midnight in UTC.
    var seconds: Int {
        let year = month <= 2 ? self.year - 1 : self.year
        let era = Self.floored(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 86_400
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func floored(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }
}

/// A message's internal date (RFC 9051 §9, `date-time`): `17-Jul-1996 02:44:25 -0700`.
struct InternalDate: Sendable, Hashable {
    /// Since 1970.
    var seconds: Int
    /// Of the zone's clocks, ahead of UTC, in minutes.
    var offsetMinutes: Int

    init(seconds: Int, offsetMinutes: Int = 0) {
        self.seconds = seconds
        self.offsetMinutes = offsetMinutes
    }

    /// - Parameter text: without its quotes; nil for what is no moment.
    init?(_ text: String) {
        let parts = text.drop { $0 == " " }.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, let date = IMAPDate(String(parts[0])) else { return nil }
        let time = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        let zone = parts[2]
        guard time.count == 3, time.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isASCIIDigit) }),
            let hour = Int(time[0]), let minute = Int(time[1]), let second = Int(time[2]),
            hour < 24, minute < 60, second < 61,
            zone.count == 5, let sign = zone.first, sign == "+" || sign == "-",
            zone.dropFirst().allSatisfy(\.isASCIIDigit), let clock = Int(zone.dropFirst()), clock % 100 < 60
        else { return nil }
        offsetMinutes = (clock / 100 * 60 + clock % 100) * (sign == "-" ? -1 : 1)
        seconds = date.seconds + hour * 3600 + minute * 60 + second - offsetMinutes * 60
    }

    /// As responses have it, without quotes.
    var text: String {
        let date = IMAPDate(seconds: seconds, offset: offsetMinutes * 60)
        let local = seconds + offsetMinutes * 60
        let time = local - IMAPDate.floored(local, 86_400) * 86_400
        func two(_ value: Int, _ fill: String = "0") -> String { value < 10 ? "\(fill)\(value)" : "\(value)" }
        let month = IMAPDate.months[date.month - 1]
        let offset = abs(offsetMinutes)
        return "\(two(date.day, " "))-\(month)-\(four(date.year)) \(two(time / 3600)):\(two(time / 60 % 60)):"
            + "\(two(time % 60)) \(offsetMinutes < 0 ? "-" : "+")\(two(offset / 60))\(two(offset % 60))"
    }

    private func four(_ year: Int) -> String {
        let digits = String(max(year, 0))
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension Character {
    /// One of `0` to `9`, and of no other script.
    var isASCIIDigit: Bool { isASCII && isNumber }
}
