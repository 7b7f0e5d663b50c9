import ArgumentParser
import Foundation

/// The command line: every subcommand has its own file, and only here do all rooms of the house meet.
@main
struct Headwater: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headwater",
        abstract: "A video streaming server and adaptive client: the whole path of a video over a network.",
        subcommands: [
            IngestCommand.self,
            OriginCommand.self,
            EdgeCommand.self,
            PlayCommand.self,
            BenchCommand.self,
            RulesCommand.self,
            DemoCommand.self,
            ProfilesCommand.self,
            LinkCommand.self,
        ])

    /// Runs the subcommand; an error becomes one line on standard error and an exit code of `sysexits.h`.
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        do {
            let arguments = try await ConfiguredArguments().completing(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as any ExitStatusProviding {
            StandardStream.error.writeLine("headwater: error: \(error.description)")
            Foundation.exit(error.systemExit.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
