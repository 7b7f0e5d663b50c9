/// A profile that needs no file: a name, what it is for, and parameters with defaults.
package struct BuiltInProfile: Sendable {
    /// A number that shapes the profile.
    package struct Parameter: Sendable {
        /// As written in a specification: `bandwidth=3000`.
        package let name: String
        /// What it means, in a few words.
        package let summary: String
        /// `kb/s`, `s`, `ms`, or nothing.
        package let unit: String
        package let defaultValue: Double
        /// What is accepted.
        package let range: ClosedRange<Double>
        /// Whether only whole numbers make sense.
        package let isInteger: Bool

        init(
            _ name: String, _ summary: String, unit: String, default defaultValue: Double,
            in range: ClosedRange<Double>, isInteger: Bool = false
        ) {
            self.name = name
            self.summary = summary
            self.unit = unit
            self.defaultValue = defaultValue
            self.range = range
            self.isInteger = isInteger
        }
    }

    /// As written on a command line: `square`.
    package let name: String
    /// One line: what happens.
    package let summary: String
    package let parameters: [Parameter]
    /// Steps from a value for each parameter by its name; throws where values do not fit together.
    let makeSteps: @Sendable (ParameterValues) throws(ProfileError) -> [BandwidthProfile.Step]

    /// The profile with `values` in place of defaults.
    ///
    /// - Throws: ``ProfileError`` (`parameter`) for a name that the profile does not have, a value out of range, or
    ///   values that do not fit together.
    package func profile(_ values: [String: Double] = [:], named name: String? = nil) throws(ProfileError)
        -> BandwidthProfile
    {
        var complete: [String: Double] = [:]
        for parameter in parameters { complete[parameter.name] = parameter.defaultValue }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let parameter = parameters.first(where: { $0.name == key }) else {
                let names = parameters.map(\.name).joined(separator: ", ")
                throw ProfileError(
                    .parameter, "profile \(self.name) has no parameter \"\(key)\": it takes \(names)")
            }
            guard parameter.range.contains(value), !parameter.isInteger || value == value.rounded() else {
                throw ProfileError(.parameter, "profile \(self.name): \(key) is \(parameter.expectation)")
            }
            complete[key] = value
        }
        let steps = try makeSteps(ParameterValues(values: complete)).filter { $0.duration > 0 }
        guard steps.contains(where: { $0.bandwidth > 0 }) else {
            throw ProfileError(.parameter, "profile \(self.name): some bandwidth has to be above zero")
        }
        return BandwidthProfile(name: name ?? self.name, steps: steps)
    }
}

extension BuiltInProfile.Parameter {
    /// What is accepted, in words: "a number from 0 to 60 (s)".
    var expectation: String {
        "a \(isInteger ? "whole number" : "number") from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
            + (unit.isEmpty ? "" : " (\(unit))")
    }
}

/// Values of a built-in profile's parameters, converted to what steps are made of.
struct ParameterValues {
    fileprivate var values: [String: Double]

    subscript(name: String) -> Double { values[name] ?? 0 }

    /// A bandwidth in bits/s.
    func bandwidth(_ name: String) -> Double { self[name] * 1000 }

    /// The common latency, in seconds.
    var latency: Double { self["latency"] / 1000 }
}

/// A number without needless decimals.
func plain(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    return String(value)
}
