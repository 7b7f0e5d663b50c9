import ArgumentParser
import Logging

/// Options of every subcommand.
struct CommonOptions: ParsableArguments {
    @Option(help: "Least severe log messages to show.")
    var logLevel: LogLevel = .notice

    /// A logger for the subcommand `label` that writes to standard error, so that standard output stays for results.
    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label, factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = logLevel.level
        return logger
    }
}

/// swift-log's levels by name.
enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .notice }
}
