/// What clients note of a message: the system's flags (RFC 9051 §2.3.2) and keywords.
package struct MessageFlags: Sendable, Hashable {
    /// The flags that begin with a backslash, without `\Recent`, which is a session's.
    package struct System: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let draft = System(rawValue: 1)
        package static let flagged = System(rawValue: 2)
        package static let answered = System(rawValue: 4)
        package static let seen = System(rawValue: 8)
        package static let deleted = System(rawValue: 16)

        /// Each with its name and its letter in a file's name, in the order of the letters.
        static let all: [(flag: System, name: String, letter: Character)] = [
            (.draft, "\\Draft", "D"), (.flagged, "\\Flagged", "F"), (.answered, "\\Answered", "R"),
            (.seen, "\\Seen", "S"), (.deleted, "\\Deleted", "T"),
        ]
    }

    package var system: System
    /// As clients wrote them; case makes no difference.
    package var keywords: [String]

    package init(_ system: System = [], keywords: [String] = []) {
        self.system = system
        self.keywords = []
        insert(keywords)
    }

    /// As the index has them: each keyword once, with a space between two.
    init(_ system: System, stored keywords: String) {
        self.system = system
        self.keywords = keywords.isEmpty ? [] : keywords.split(separator: " ").map(String.init)
    }

    /// From names as they are in protocols; `\Recent` and unknown names with a backslash are passed over.
    package init(names: some Sequence<String>) {
        self.init()
        for name in names where name.hasPrefix("\\") {
            let name = name.lowercased()
            if let (flag, _, _) = System.all.first(where: { $0.name.lowercased() == name }) { system.insert(flag) }
        }
        insert(names.filter { !$0.hasPrefix("\\") })
    }

    /// The names, the system's first.
    package var names: [String] { System.all.filter { system.contains($0.flag) }.map(\.name) + keywords }

    /// Whether one of them has this name.
    package func contains(_ name: String) -> Bool { names.contains { $0.lowercased() == name.lowercased() } }

    /// Sets the other's flags and keywords as well.
    package mutating func formUnion(_ other: MessageFlags) {
        system.formUnion(other.system)
        insert(other.keywords)
    }

    /// Takes the other's flags and keywords away.
    package mutating func subtract(_ other: MessageFlags) {
        system.subtract(other.system)
        guard !keywords.isEmpty, !other.keywords.isEmpty else { return }
        let gone = Set(other.keywords.map { $0.lowercased() })
        keywords.removeAll { gone.contains($0.lowercased()) }
    }

    func changed(_ change: FlagChange, _ flags: MessageFlags) -> MessageFlags {
        var next = self
        switch change {
        case .replace: next = flags
        case .add: next.formUnion(flags)
        case .remove: next.subtract(flags)
        }
        return next
    }

    /// Takes time that grows with their number, not with its square.
    private mutating func insert(_ added: [String]) {
        guard !added.isEmpty else { return }
        var known = Set(keywords.map { $0.lowercased() })
        for keyword in added where known.insert(keyword.lowercased()).inserted { keywords.append(keyword) }
    }

    /// What follows `:2,` in the name of a file.
    var letters: String { Self.letters[Int(system.rawValue & 31)] }

    /// By the flags' raw values.
    static let letters: [String] = (0..<32).map { value in
        String(System.all.filter { $0.flag.rawValue & value != 0 }.map(\.letter))
    }

    static func system(letters: some StringProtocol) -> System {
        System.all.reduce(into: []) { flags, known in
            if letters.contains(known.letter) { flags.insert(known.flag) }
        }
    }
}
