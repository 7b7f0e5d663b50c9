package import Foundation

/// A fact about a file in `MLST` and `MLSD` (RFC 3659 §7.5), by its name.
package enum MachineFact: String, Sendable, Hashable, CaseIterable {
    case type, size, modify, unique, perm

    static let standard = Set(allCases)

    /// Reads `OPTS MLST`'s list, passing over facts that are not known (RFC 3659 §7.9).
    static func parse(_ text: some StringProtocol) -> Set<MachineFact> {
        Set(text.split(separator: ";").compactMap { MachineFact(rawValue: $0.lowercased()) })
    }

    /// Facts as they stand before a space and the name.
    static func text(_ status: FileStatus, _ facts: Set<MachineFact>, access: FTPUser.Access, type: String? = nil)
        -> String
    {
        allCases.filter(facts.contains).compactMap { fact -> String? in
            switch fact {
            case .type: "type=\(type ?? (status.isDirectory ? "dir" : "file"));"
            case .size: status.isDirectory ? nil : "size=\(status.size);"
            case .modify: "modify=\(FTPDate.text(status.modified));"
            case .unique: status.unique.map { "unique=\($0);" }
            case .perm: "perm=\(permissions(status, access));"
            }
        }.joined()
    }

    private static func permissions(_ status: FileStatus, _ access: FTPUser.Access) -> String {
        switch (access, status.isDirectory) {
        case (.full, true): "cdeflmp"
        case (.full, false): "adfrw"
        case (.readOnly, true): "el"
        case (.readOnly, false): "r"
        case (.uploadOnly, true): "cem"
        case (.uploadOnly, false): ""
        }
    }
}

/// Lines as `ls -l` prints them, which clients without `MLSD` read.
enum LongListing {
    /// Without an end. Times are UTC, a year stands for the time of day when `now` is more than half a year away.
    static func line(_ entry: FileEntry, now: Date = Date()) -> String {
        let mode = entry.status.isDirectory ? "drwxr-xr-x" : "-rw-r--r--"
        let size = String(entry.status.isDirectory ? 4096 : entry.status.size)
        let padded = String(repeating: " ", count: max(0, 12 - size.count)) + size
        return "\(mode)   1 ftp      ftp      \(padded) \(date(entry.status.modified, now: now)) \(entry.name)"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func date(_ date: Date, now: Date) -> String {
        let parts = FTPDate.components(date)
        let two = { (number: Int, pad: String) in (number < 10 ? pad : "") + String(number) }
        let isRecent = abs(now.timeIntervalSince(date)) < 180 * 86_400
        let tail = isRecent ? "\(two(parts.hour, "0")):\(two(parts.minute, "0"))" : " \(parts.year)"
        return "\(months[parts.month - 1]) \(two(parts.day, " ")) \(tail)"
    }
}

/// Times as `MDTM` and facts have them: `YYYYMMDDHHMMSS`, UTC (RFC 3659 §2.3).
package enum FTPDate {
    /// Fourteen digits, whole seconds.
    package static func text(_ date: Date) -> String {
        let parts = components(date)
        return [
            (parts.year, 4), (parts.month, 2), (parts.day, 2), (parts.hour, 2), (parts.minute, 2), (parts.second, 2),
        ]
        .map { number, width in
            String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
        }.joined()
    }

    /// Fractions of a second are passed over. Nil when the text is no time.
    package static func parse(_ text: some StringProtocol) -> Date? {
        let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let digits = halves.first, digits.utf8.count == 14,
            halves.joined().utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits)
        else { return nil }
        let seconds = number % 100
        let (minute, hour, day) = (number / 100 % 100, number / 10_000 % 100, number / 1_000_000 % 100)
        let (month, year) = (number / 100_000_000 % 100, number / 10_000_000_000)
        guard seconds < 61, minute < 60, hour < 24, (1...12).contains(month), day >= 1, year >= 1970,
            day <= daysInMonth(year: year, month: month)
        else { return nil }
        let days = dayNumber(year: year, month: month, day: day)
        return Date(timeIntervalSince1970: Double(days * 86_400 + hour * 3600 + minute * 60 + seconds))
    }

    struct Components {
        var year, month, day, hour, minute, second: Int
    }

    /// In UTC, by the Gregorian calendar. No calendar object: a listing has many of these.
    static func components(_ date: Date) -> Components {
        let time = Int(max(0, min(date.timeIntervalSince1970, 253_402_300_799)))
        let days = time / 86_400
        // Days since 1 March of the year 0 (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return Components(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, hour: time / 3600 % 24, minute: time / 60 % 60,
            second: time % 60)
    }

    private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
