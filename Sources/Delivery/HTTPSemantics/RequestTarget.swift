/// A request target in origin form, as caches look at it.
package enum RequestTarget {
    /// `target` without the query parameter `CMCD`, in which a player tells what it needs (CTA-5004 §2): it is about the
    /// client and not the resource, which has one cache entry for all.
    package static func withoutClientData(_ target: String) -> String {
        let bytes = target.utf8
        guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")), target[mark...].contains("CMCD=") else {
            return target
        }
        let parameters = target[target.index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false)
        let kept = parameters.filter { !$0.hasPrefix("CMCD=") }
        guard kept.count < parameters.count else { return target }
        return String(target[..<mark]) + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
    }
}
