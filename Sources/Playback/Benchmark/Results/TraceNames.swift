extension [SessionIdentity] {
    /// A name for the file of each session's trace, in their order: no two are equal, and each is one plain part of a path,
    /// whatever the names of presentations and profiles hold.
    package var traceNames: [String] {
        var uses: [String: Int] = [:]
        return map { session in
            let parts = [session.presentation, session.mode.rawValue, session.profile, session.rule]
            let plain = parts.joined(separator: "_").utf8.map { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "="):
                    Character(Unicode.Scalar(byte))
                default: Character("-")
                }
            }
            // File systems take 255 bytes; a leading dot would hide the file.
            let stem = String(plain.prefix(200).drop { $0 == "." }) + (session.client > 1 ? "_\(session.client)" : "")
            uses[stem, default: 0] += 1
            // Two presentations of one name, or names that differ only in what is not kept. A plus is never in a stem.
            return stem + (uses[stem] == 1 ? "" : "+\(uses[stem] ?? 1)") + ".jsonl"
        }
    }
}
