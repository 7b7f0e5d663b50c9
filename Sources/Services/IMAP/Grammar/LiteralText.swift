/// A command or a response as it came, its literals taken out of the text, where an octet of value zero stands for each.
struct LiteralText: Sendable, Hashable {
    var bytes: [UInt8] = []
    var literals: [[UInt8]] = []

    /// What stands for a literal: no line has it.
    static let mark: UInt8 = 0

    /// Octets that are kept.
    var size: Int { literals.reduce(bytes.count) { $0 + $1.count } }
}
