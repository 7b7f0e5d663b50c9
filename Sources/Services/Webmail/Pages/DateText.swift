internal import Foundation

/// Times as people read them, by this machine's clock: a browser does not say where it is.
struct DateText: Sendable {
    var zone = TimeZone.current
    var now = Date()

    /// For lists: the hour today, the day this year, else the date.
    func short(_ seconds: Int) -> String {
        let (then, today) = (fields(Date(timeIntervalSince1970: Double(seconds))), fields(now))
        if (then.year, then.month, then.day) == (today.year, today.month, today.day) {
            return "\(pad(then.hour)):\(pad(then.minute))"
        }
        let month = Self.months[then.month - 1].prefix(3)
        return then.year == today.year ? "\(then.day) \(month)" : "\(then.day) \(month) \(then.year)"
    }

    /// For messages: all of it.
    func long(_ date: Date) -> String {
        let then = fields(date)
        return "\(Self.days[then.weekday - 1]), \(then.day) \(Self.months[then.month - 1]) \(then.year), "
            + "\(pad(then.hour)):\(pad(then.minute))"
    }

    func long(_ seconds: Int) -> String { long(Date(timeIntervalSince1970: Double(seconds))) }

    /// For `datetime` attributes: by UTC.
    static func machine(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    private struct Fields {
        var year, month, day, hour, minute, weekday: Int
    }

    private func fields(_ date: Date) -> Fields {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .weekday], from: date)
        return Fields(
            year: parts.year ?? 1970, month: min(12, max(1, parts.month ?? 1)), day: parts.day ?? 1,
            hour: parts.hour ?? 0, minute: parts.minute ?? 0, weekday: min(7, max(1, parts.weekday ?? 1)))
    }

    private func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}

/// Sizes as people read them.
enum SizeText {
    static func text(_ octets: Int) -> String {
        if octets < 1000 { return "\(octets) B" }
        if octets < 1_000_000 { return "\((octets + 500) / 1000) kB" }
        return "\(octets / 1_000_000).\(octets / 100_000 % 10) MB"
    }
}
