/// Bandwidth profiles by name: built-in ones and files.
package enum ProfileCatalogue {
    /// Every built-in profile: simple patterns, random ones, published patterns.
    package static let all: [BuiltInProfile] =
        [
            .constant, .stepUp, .stepDown, .square, .spike, .outage, .fallAndRise, .hsdpa, .lte, .newRadio,
            .wirelessLAN, .subscriberLine,
        ] + BuiltInProfile.lowLatencyChallenge

    /// The profile that `specification` names: a built-in one, perhaps with parameters (`square`,
    /// `constant:bandwidth=3000`, `4g:seed=7:mean=12000`), else the path of a file as ``ProfileReader`` reads it. A file
    /// that is named like a built-in profile is reached by a path such as `./square`.
    ///
    /// Reading a file blocks the calling thread.
    /// - Throws: ``ProfileError`` for what is neither, and for what is wrong with either.
    package static func profile(named specification: String) throws(ProfileError) -> BandwidthProfile {
        let parts = specification.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        if let builtIn = all.first(where: { $0.name == name }) {
            let values = try parameters(parts.count == 2 ? parts[1] : "", of: builtIn)
            return try builtIn.profile(values, named: specification)
        }
        return try ProfileReader.profile(at: specification)
    }

    /// Reads a list such as `square,4g:seed=7,trace.csv,traces/`; `all` stands for every built-in profile, a folder for
    /// every profile in it.
    ///
    /// - Parameters:
    ///   - text: the list, separated by commas.
    ///   - seed: for random profiles that do not name one.
    ///   - seeds: how often each of those is listed, with `seed`, `seed` + 1, …
    /// - Throws: as ``profile(named:)``, and for an empty list.
    package static func list(
        _ text: String, seed: UInt64, seeds: Int = 1
    ) throws(ProfileError) -> [BandwidthProfile] {
        let names = text == "all" ? all.map(\.name) : text.split(separator: ",").map(String.init)
        guard !names.isEmpty else { throw ProfileError(.unknown, "name at least one profile, or 'all'") }
        var profiles: [BandwidthProfile] = []
        for name in names {
            let files = try ProfileReader.files(inFolder: name)
            for specification in files ?? [name] {
                for offset in 0..<(takesSeed(specification) ? UInt64(seeds) : 1) {
                    profiles.append(try profile(named: specification, seed: seed &+ offset))
                }
            }
        }
        return profiles
    }

    /// As ``profile(named:)``; a random profile that does not name its seed takes `seed`.
    package static func profile(named specification: String, seed: UInt64) throws(ProfileError) -> BandwidthProfile {
        try profile(named: takesSeed(specification) ? "\(specification):seed=\(seed)" : specification)
    }

    /// Whether `specification` names a random profile and not its seed.
    private static func takesSeed(_ specification: String) -> Bool {
        let name = specification.prefix { $0 != ":" }
        let isRandom = all.first { $0.name == name }?.parameters.contains { $0.name == "seed" } ?? false
        return isRandom && !specification.split(separator: ":").contains { $0.hasPrefix("seed=") }
    }

    /// The seed that a random profile's name ends in or holds, as ``list(_:seed:seeds:)`` makes it; nil where there is
    /// none.
    package static func seed(ofProfileNamed name: String) -> UInt64? {
        let assignment = name.split(separator: ":").first { $0.hasPrefix("seed=") }
        return assignment.flatMap { UInt64($0.dropFirst(5)) }
    }

    /// Parses `name=value:name=value`.
    private static func parameters(
        _ text: Substring, of profile: BuiltInProfile
    ) throws(ProfileError) -> [String: Double] {
        var values: [String: Double] = [:]
        for assignment in text.split(separator: ":") {
            let sides = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let value = decimal(sides[1]) else {
                throw ProfileError(
                    .parameter, "profile \(profile.name): \"\(assignment)\" is not NAME=NUMBER")
            }
            guard values.updateValue(value, forKey: String(sides[0])) == nil else {
                throw ProfileError(.parameter, "profile \(profile.name): \(sides[0]) is given twice")
            }
        }
        return values
    }
}

/// Reads a finite decimal number; nothing else that the standard library takes (hexadecimal, `inf`, `nan`).
func decimal(_ text: some StringProtocol) -> Double? {
    guard text.utf8.count <= 64, text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
    guard let value = Double(text), value.isFinite else { return nil }
    return value
}
