package import QoE
package import Report

/// A number by which sessions are compared.
package enum Measure: String, Sendable, Hashable, CaseIterable {
    case qoe, bitRate, ssim, stallRatio, switches

    /// As tables and axes call it.
    package var title: String {
        switch self {
        case .qoe: "QoE"
        case .bitRate: "bit rate"
        case .ssim: "SSIM"
        case .stallRatio: "stall ratio"
        case .switches: "switches"
        }
    }

    /// As it begins a line.
    var heading: String { self == .qoe || self == .ssim ? title : title.prefix(1).uppercased() + title.dropFirst() }

    package var unit: ReportUnit {
        switch self {
        case .qoe, .ssim, .switches: .none
        case .bitRate: .bitsPerSecond
        case .stallRatio: .percentage
        }
    }

    /// Which values are the better ones.
    package var preference: TableColumn.Preference {
        switch self {
        case .qoe, .bitRate, .ssim: .highest
        case .stallRatio, .switches: .lowest
        }
    }

    /// Digits after the point in tables; nil for about three significant ones.
    var digits: Int? {
        switch self {
        case .qoe: 3
        case .bitRate: nil
        case .ssim: 4
        case .stallRatio: 2
        case .switches: 1
        }
    }

    /// The session's value, in the base unit; nil where it has none.
    package func value(of summary: PlaybackSummary) -> Double? {
        guard summary.hasQuality else { return nil }
        return switch self {
        case .qoe: summary.qoe
        case .bitRate: summary.meanBitRate
        case .ssim: summary.meanSSIM
        case .stallRatio: summary.stallRatio
        case .switches: Double(summary.switchCount)
        }
    }
}
