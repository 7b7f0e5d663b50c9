internal import Foundation

/// Tells a delivery apart from all others, so that one which has to be repeated, since nobody knows whether it came to its
/// end, puts no second copy into an inbox.
package struct DeliveryName: Sendable, Hashable {
    /// What the names of its files contain.
    let mark: String
    /// Whether the inbox has to be looked through for it.
    let mayBeThere: Bool

    /// - Parameters:
    ///   - token: letters and digits that no other delivery to the same inbox ever has.
    ///   - mayBeThere: whether it was begun before, by this process or by one that was killed.
    package init(_ token: String, mayBeThere: Bool) {
        let isPlain = { (character: Character) in character.isASCII && (character.isLetter || character.isNumber) }
        mark = "D\(String(token.map { isPlain($0) ? $0 : "_" }))."
        self.mayBeThere = mayBeThere
    }
}

extension Maildir {
    /// Whether a delivery has put its message here, and durably so if it has: be it that somebody has seen it, but not moved
    /// it elsewhere.
    func contains(_ delivery: DeliveryName) throws -> Bool {
        for folder in ["new", "cur"] {
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)") else {
                throw MailStoreError(.noMailbox, "the mailbox is gone")
            }
            guard names.contains(where: { $0.contains(delivery.mark) }) else { continue }
            try synchronize(folder)
            return true
        }
        return false
    }
}
