/// A text with one to four octets changed, taken away, or put in.
///
/// - Parameters:
///   - original: the octets, one at least.
///   - letters: those that are put in.
///   - random: decides.
package func damaged(
    _ original: [UInt8], _ letters: String, using random: inout some RandomNumberGenerator
) -> [UInt8] {
    var octets = original
    for _ in 0..<Int.random(in: 1...4, using: &random) where !octets.isEmpty {
        let place = Int.random(in: 0..<octets.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: octets[place] = UInt8.random(in: 0...255, using: &random)
        case 1: octets.remove(at: place)
        default:
            if let letter = letters.utf8.randomElement(using: &random) { octets.insert(letter, at: place) }
        }
    }
    return octets
}
