import ArgumentParser
import Foundation
import HTTP

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
            ScoreCommand.self,
            ExportP1203Command.self,
            RulesCommand.self,
            DemoCommand.self,
            ProfilesCommand.self,
            LinkCommand.self,
            AccountCommand.self,
            FTPCommand.self,
            MailCommand.self,
            DNSCommand.self,
            ZoneCommand.self,
            RouteCommand.self,
            DHCPCommand.self,
            ResolverCommand.self,
            ResolveCommand.self,
        ])

    /// Runs the subcommand; an error becomes one line on standard error and an exit code of `sysexits.h`.
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        FileDescriptors.raiseLimit()
        AllocatorArenas.limit()
        do {
            let arguments = try await ConfiguredArguments().completing(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as any ExitStatusProviding {
            fail([error.description, error.advice].compactMap { $0 }.joined(separator: "; "), error.systemExit)
        } catch  where exitCode(for: error) == .validationFailure {
            // The parser's last line names the help of the subcommand that was meant.
            let help = fullMessage(for: error).firstMatch(of: /See ('headwater[^']*')/).map { " (see \($0.1))" } ?? ""
            fail(message(for: error) + help, .usage)
        } catch {
            exit(withError: error)
        }
    }

    /// Says in one line what went wrong, whatever characters names of files have, and ends the process.
    private static func fail(_ description: String, _ status: SystemExit) -> Never {
        StandardStream.error.writeLine(SingleLine.text("headwater: error: \(description)"))
        Foundation.exit(status.rawValue)
    }
}
