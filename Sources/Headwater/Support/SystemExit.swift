/// Exit codes of `sysexits.h`, so that scripts can tell why a command failed.
enum SystemExit: Int32 {
    /// Wrong arguments.
    case usage = 64
    /// The input's content is wrong.
    case dataError = 65
    /// An input does not exist or cannot be read.
    case noInput = 66
    /// A host name is unknown.
    case noHost = 68
    /// A peer that is needed does not answer.
    case unavailable = 69
    /// A defect of ours.
    case software = 70
    /// The system refused something: no memory, no thread.
    case osError = 71
    /// An output file cannot be made.
    case cannotCreate = 73
    /// Reading or writing failed half-way: disk full, device error.
    case ioError = 74
    /// It may work later.
    case temporaryFailure = 75
    /// A peer broke the protocol.
    case protocolError = 76
    /// The user may not do this.
    case noPermission = 77
    /// A configuration is wrong.
    case configuration = 78
}

/// An error that knows which exit code it means. Each subcommand's file says so for the errors of the rooms it uses.
protocol ExitStatusProviding: Error, CustomStringConvertible {
    var systemExit: SystemExit { get }
    /// What to do, where the error itself cannot know it: options of the command line.
    var advice: String? { get }
}

extension ExitStatusProviding {
    var advice: String? { nil }
}

/// An error that a subcommand itself finds.
struct CommandError: ExitStatusProviding {
    var systemExit: SystemExit
    /// What is wrong, where, and what to do: one line.
    var description: String

    init(_ systemExit: SystemExit, _ description: String) {
        self.systemExit = systemExit
        self.description = description
    }
}
