/// A date of a field value, in whole seconds (RFC 9110 §5.6.7).
package struct HTTPDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Seconds since 1970-01-01 00:00:00 UTC; not negative, before the year 10000.
    package let secondsSinceEpoch: Int

    /// The last second of the year 9999.
    private static let latest = 253_402_300_799
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let longDays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// A date from seconds since 1970, held inside the years 1970 to 9999.
    package init(secondsSinceEpoch: Int) {
        self.secondsSinceEpoch = min(max(secondsSinceEpoch, 0), Self.latest)
    }

    /// Reads `IMF-fixdate`, `rfc850-date` or `asctime-date`; nil when the text is none of them.
    ///
    /// - Parameters:
    ///   - text: the field value.
    ///   - now: seconds since 1970; a two-digit year that would lie more than 50 years ahead of it is of the past
    ///     (RFC 9110 §5.6.7).
    package init?(_ text: String, now: Int) {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "-" }).map(String.init)
        let fields: (day: String, month: String, year: String, time: String, zone: String)
        switch words.count {
        case 6 where Self.days.contains(words[0]) || Self.longDays.contains(words[0]):
            fields = (words[1], words[2], words[3], words[4], words[5])
        case 5 where Self.days.contains(words[0]):
            fields = (words[2], words[1], words[4], words[3], "GMT")
        default: return nil
        }
        guard fields.zone == "GMT", let month = Self.months.firstIndex(of: fields.month),
            let day = fields.day.deltaSeconds, (1...31).contains(day), var year = fields.year.deltaSeconds,
            fields.year.utf8.count == 4 || fields.year.utf8.count == 2
        else { return nil }
        let clock = fields.time.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard clock.count == 3, clock.allSatisfy({ $0.utf8.count == 2 }), let hour = clock[0].deltaSeconds,
            let minute = clock[1].deltaSeconds, let second = clock[2].deltaSeconds, hour < 24, minute < 60, second <= 60
        else { return nil }
        if fields.year.utf8.count == 2 {
            let thisYear = Self.civil(fromDays: max(now, 0) / 86400).year
            year += thisYear / 100 * 100
            if year > thisYear + 50 { year -= 100 }
        }
        guard (1970...9999).contains(year) else {
            // Before the epoch is the past for every rule that asks; sixteenth-century resources may wait.
            guard year < 1970 else { return nil }
            self.init(secondsSinceEpoch: 0)
            return
        }
        let days = Self.days(fromYear: year, month: month + 1, day: day)
        self.init(secondsSinceEpoch: days * 86400 + hour * 3600 + minute * 60 + second)
    }

    /// The date as `IMF-fixdate`: `Sun, 06 Nov 1994 08:49:37 GMT`.
    package var description: String {
        let days = secondsSinceEpoch / 86400
        let second = secondsSinceEpoch % 86400
        let (year, month, day) = Self.civil(fromDays: days)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        // 1970-01-01 was a Thursday.
        return "\(Self.days[(days + 3) % 7]), \(two(day)) \(Self.months[month - 1]) \(year) "
            + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
    }

    package static func < (left: HTTPDate, right: HTTPDate) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar. A year is counted from March, so that the leap day
    /// is its last.
    private static func days(fromYear year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The inverse of `days(fromYear:month:day:)`, for days that are not negative.
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
