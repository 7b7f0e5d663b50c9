package import SettingsFile

/// A part of a routing file, or of one that it names.
typealias RoutingSetting = SettingNode<RoutingError>

extension RoutingError: SettingFailure {
    /// ``RoutingError/Code/malformed``, with file, line and the path of the setting.
    package init(setting problem: String, at place: SettingPlace) { self.init(.malformed, "\(place): \(problem)") }
}

extension RoutingSetting {
    /// A name of a region, an edge or a policy.
    func name() throws(RoutingError) -> String {
        try value("a name of up to 63 letters, digits, - _ and .") { Location.isName($0) ? $0 : nil }
    }
}
