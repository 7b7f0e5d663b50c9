import ArgumentParser

/// A number of bytes, as it stands on a command line.
struct ByteCount: Sendable, Hashable, CustomStringConvertible, ExpressibleByArgument {
    /// Not negative.
    let bytes: Int

    private static let units: [(name: String, bytes: Int)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000),
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1), ("", 1),
    ]

    init(bytes: Int) { self.bytes = bytes }

    /// Reads `512MB`, `1GiB`, `65536`; nil for anything else, or for more than can be counted.
    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let unit = argument.dropFirst(digits.count).lowercased()
        guard let number = Int(digits), let factor = Self.units.first(where: { $0.name.lowercased() == unit })?.bytes
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        bytes = product
    }

    /// The number with the largest unit that divides it.
    var description: String {
        guard bytes > 0, let unit = Self.units.filter({ bytes % $0.bytes == 0 }).max(by: { $0.bytes < $1.bytes }) else {
            return "\(bytes)B"
        }
        return "\(bytes / unit.bytes)\(unit.name.isEmpty ? "B" : unit.name)"
    }
}
