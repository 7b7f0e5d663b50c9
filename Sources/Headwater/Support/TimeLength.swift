import ArgumentParser

/// A length of time as people write it: `20s`, `1500ms`, `2m`; a bare number counts seconds.
struct TimeLength: Sendable, Hashable, ExpressibleByArgument {
    /// Above zero.
    let seconds: Double

    init(seconds: Double) {
        self.seconds = seconds
    }

    init?(argument: String) {
        guard let seconds = Self.seconds(in: argument), seconds > 0 else { return nil }
        self.seconds = seconds
    }

    /// Seconds that `argument` names, from 0 to a million; nil when it names none.
    fileprivate static func seconds(in argument: String) -> Double? {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        let unit = units.first { argument.hasSuffix($0.suffix) }
        let digits = argument.dropLast(unit?.suffix.count ?? 0)
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let number = Double(digits)
        else { return nil }
        let seconds = number * (unit?.seconds ?? 1)
        return seconds <= 1_000_000 ? seconds : nil
    }

    var defaultValueDescription: String { seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s" }
}

/// How far something is behind something else, written as a ``TimeLength``, or not at all: a start on a presentation's
/// timeline, or behind another start.
struct TimeOffset: Sendable, Hashable, ExpressibleByArgument {
    /// 0 or more.
    let seconds: Double

    init?(argument: String) {
        guard let seconds = TimeLength.seconds(in: argument) else { return nil }
        self.seconds = seconds
    }
}
