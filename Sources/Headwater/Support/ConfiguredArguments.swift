import ArgumentParser
import Configuration
import Foundation
import SystemPackage

/// Completes a command line from the configuration: flags over environment over a YAML file.
///
/// An option `--listen` of `headwater origin` that the command line leaves out is taken from `HEADWATER_ORIGIN_LISTEN`,
/// else from `HEADWATER_LISTEN`, else from `origin: {listen: …}` or a top-level `listen: …` of the YAML file that
/// `HEADWATER_CONFIG` names. An option that may be repeated takes a list (in the environment, separated by commas), one
/// without a value `true` or `false`.
struct ConfiguredArguments {
    private let configuration: ConfigReader
    private let options: [[String]: [Option]]

    /// - Throws: ``CommandError`` when the file that `HEADWATER_CONFIG` names cannot be read.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) async throws {
        let prefixed = environment.filter { $0.key.hasPrefix(Self.prefix) }
        let variables = Dictionary(
            uniqueKeysWithValues: prefixed.map { ($0.key.dropFirst(Self.prefix.count).description, $0.value) })
        var providers: [any ConfigProvider] = [EnvironmentVariablesProvider(environmentVariables: variables)]
        if let file = variables["CONFIG"] {
            do {
                providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(file)))
            } catch {
                throw CommandError(.configuration, "cannot read the configuration \(file): \(error)")
            }
        }
        configuration = ConfigReader(providers: providers)
        options = try Self.optionsBySubcommand()
    }

    /// `arguments` (without the program's name), with an option inserted for each that is configured and missing.
    func completing(_ arguments: [String]) -> [String] {
        let longest = options.keys.map(\.count).max() ?? 0
        guard
            let path = (0...min(longest, arguments.count)).reversed().map({ Array(arguments.prefix($0)) })
                .first(where: { options[$0] != nil }), let options = options[path]
        else { return arguments }
        let given = Set(
            arguments.compactMap { $0.hasPrefix("--") ? $0.split(separator: "=").first.map(String.init) : nil })
        var completed = path
        for option in options where given.isDisjoint(with: ["--" + option.name, "--no-" + option.name]) {
            completed += self.arguments(for: option, in: path)
        }
        return completed + arguments.dropFirst(path.count)
    }

    private func arguments(for option: Option, in path: [String]) -> [String] {
        let name = "--" + option.name
        for key in [ConfigKey(path + [option.name]), ConfigKey([option.name])] {
            if option.isFlag, let isOn = configuration.bool(forKey: key) {
                return isOn ? [name] : option.hasOpposite ? ["--no-" + option.name] : []
            }
            if option.isRepeating, let values = configuration.stringArray(forKey: key) {
                return values.flatMap { [name, $0] }
            }
            if let value = configuration.string(forKey: key) {
                // What is neither true nor false the parser refuses.
                return option.isFlag ? ["\(name)=\(value)"] : [name, value]
            }
        }
        return []
    }

    private static let prefix = "HEADWATER_"

    /// What an option is called, and what it takes.
    private struct Option {
        var name: String
        var isRepeating: Bool
        /// Whether it takes no value.
        var isFlag: Bool
        /// Whether there is a `--no-…` as well.
        var hasOpposite: Bool
    }

    /// The options of each subcommand by its path, as the argument parser itself describes them.
    private static func optionsBySubcommand() throws -> [[String]: [Option]] {
        struct Tool: Decodable {
            struct Command: Decodable {
                var commandName: String
                var subcommands: [Command]?
                var arguments: [Argument]?
            }
            struct Argument: Decodable {
                struct Name: Decodable {
                    var kind: String
                    var name: String
                }
                var kind: String
                var isRepeating: Bool
                var names: [Name]?
                var long: String? { names?.first { $0.kind == "long" }?.name }
            }
            var command: Command
        }
        let tool = try JSONDecoder().decode(Tool.self, from: Data(Headwater._dumpHelp().utf8))
        var options: [[String]: [Option]] = [:]
        func collect(_ command: Tool.Command, at path: [String]) {
            let arguments = command.arguments ?? []
            let names = Set(arguments.compactMap(\.long))
            options[path] = arguments.compactMap { argument in
                guard ["option", "flag"].contains(argument.kind), let name = argument.long,
                    !["help", "version"].contains(name)
                else { return nil }
                // `no-…` is the opposite of another one.
                if name.hasPrefix("no-"), names.contains(String(name.dropFirst(3))) { return nil }
                return Option(
                    name: name, isRepeating: argument.isRepeating, isFlag: argument.kind == "flag",
                    hasOpposite: names.contains("no-" + name))
            }
            for subcommand in command.subcommands ?? [] { collect(subcommand, at: path + [subcommand.commandName]) }
        }
        for command in tool.command.subcommands ?? [] { collect(command, at: [command.commandName]) }
        return options
    }
}
