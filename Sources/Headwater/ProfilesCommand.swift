import ArgumentParser
import Foundation
import NetworkEmulation
import Report

/// `headwater profiles`: which bandwidth profiles there are, and what one looks like.
struct ProfilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles",
        abstract: "List bandwidth profiles, or draw one.",
        discussion: """
            Wherever a profile is asked for, write a built-in one's name, perhaps with parameters \
            (square:low=500:period=20), or the path of a file: CSV (time_s,bandwidth_kbps,latency_ms), a JSON array of \
            {duration_ms, bandwidth_kbps, latency_ms}, a mahimahi packet-delivery trace, or a download log in the format of \
            Norway's 3G or Ghent's 4G logs.

            Examples:
              headwater profiles show 4g:seed=7
              headwater profiles show lll-cascade --svg cascade.svg
            """,
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    /// `headwater profiles list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the built-in profiles and their parameters.")

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try StandardStream.output.writeResult(
                json
                    ? try JSONText.document(ProfileCatalogue.all.map(Description.init)) + "\n"
                    : Self.table(ProfileCatalogue.all))
        }

        /// A line for each profile, and below it one for each parameter.
        static func table(_ profiles: [BuiltInProfile]) -> String {
            let width = profiles.map(\.name.count).max() ?? 0
            var text = ""
            for profile in profiles {
                text += padded(profile.name, width) + "  " + profile.summary + "\n"
                for parameter in profile.parameters {
                    let value = number(parameter.defaultValue) + (parameter.unit.isEmpty ? "" : " " + parameter.unit)
                    let range = "\(number(parameter.range.lowerBound))…\(number(parameter.range.upperBound))"
                    text += padded("", width) + "    " + padded("\(parameter.name)=\(value)", 22)
                    text += padded(range, 16) + parameter.summary + "\n"
                }
            }
            return text
        }
    }

    /// `headwater profiles show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Draw a profile over one period, with its statistics.")

        @Argument(help: "A built-in profile, perhaps with parameters, or a file.")
        var name: String

        @Option(help: "Seed of a random profile that does not name one.")
        var seed: UInt64 = 1

        @Option(help: ArgumentHelp("File for the drawing as SVG.", valueName: "file"))
        var svg: String?

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let profile = try ProfileCatalogue.profile(named: name, seed: seed)
            if let svg { try ReportFolder.write(ProfilePicture(profile: profile).svg(), to: svg) }
            try StandardStream.output.writeResult(
                json ? try JSONText.document(Statistics(profile)) + "\n" : Self.text(profile))
        }

        static func text(_ profile: BandwidthProfile) -> String {
            let statistics = Statistics(profile)
            return """
                \(profile.name)

                \(ProfilePlot(profile: profile).text())
                mean \(number(statistics.mean)) kb/s, min \(number(statistics.minimum)) kb/s, max \
                \(number(statistics.maximum)) kb/s; latency \(number(statistics.minimumLatency)) to \
                \(number(statistics.maximumLatency)) ms; repeats after \(number(statistics.period)) s

                """
        }
    }
}

/// A built-in profile as JSON.
private struct Description: Encodable {
    struct Parameter: Encodable {
        var name: String
        var summary: String
        var unit: String
        var `default`: Double
        var minimum: Double
        var maximum: Double
    }
    var name: String
    var summary: String
    var parameters: [Parameter]

    init(_ profile: BuiltInProfile) {
        name = profile.name
        summary = profile.summary
        parameters = profile.parameters.map {
            Parameter(
                name: $0.name, summary: $0.summary, unit: $0.unit, default: $0.defaultValue,
                minimum: $0.range.lowerBound, maximum: $0.range.upperBound)
        }
    }
}

/// A profile as JSON: numbers over one period, and steps under the names that profile files use.
private struct Statistics: Encodable {
    struct Step: Encodable {
        var duration: Double
        var bandwidth: Double
        var latency: Double

        enum CodingKeys: String, CodingKey {
            case duration = "duration_ms"
            case bandwidth = "bandwidth_kbps"
            case latency = "latency_ms"
        }
    }
    var name: String
    var period: Double
    var mean: Double
    var minimum: Double
    var maximum: Double
    var minimumLatency: Double
    var maximumLatency: Double
    var steps: [Step]

    enum CodingKeys: String, CodingKey {
        case name
        case period = "period_s"
        case mean = "mean_kbps"
        case minimum = "min_kbps"
        case maximum = "max_kbps"
        case minimumLatency = "min_latency_ms"
        case maximumLatency = "max_latency_ms"
        case steps
    }

    init(_ profile: BandwidthProfile) {
        let latencies = profile.steps.map(\.latency)
        name = profile.name
        period = thousandths(profile.period)
        mean = thousandths(profile.meanBandwidth / 1000)
        minimum = thousandths(profile.bandwidthRange.lowerBound / 1000)
        maximum = thousandths(profile.bandwidthRange.upperBound / 1000)
        minimumLatency = thousandths((latencies.min() ?? 0) * 1000)
        maximumLatency = thousandths((latencies.max() ?? 0) * 1000)
        steps = profile.steps.map {
            Step(
                duration: thousandths($0.duration * 1000), bandwidth: thousandths($0.bandwidth / 1000),
                latency: thousandths($0.latency * 1000))
        }
    }
}

private func thousandths(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

/// A number with at most one decimal, and none if it is whole.
private func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() ? String(format: "%.0f", tenths) : String(format: "%.1f", tenths)
}

private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}

extension ProfileError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .unknown, .unreadable: .noInput
        case .parameter: .usage
        case .tooLarge, .malformed: .dataError
        }
    }
}
