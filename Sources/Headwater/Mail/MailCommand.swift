import ArgumentParser
import LineProtocol
import SMTP

/// `headwater mail`: the mail server and its tools.
struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail",
        abstract: "Take, deliver, send and read mail.",
        discussion: """
            Example:
              headwater account add anna@example.org --data /var/lib/headwater
              headwater mail serve --data /var/lib/headwater --domain example.org --smtp-listen 0.0.0.0:25 --self-signed
            """,
        subcommands: [MailServeCommand.self, MailSendCommand.self, MailReadCommand.self, MailQueueCommand.self])
}

extension QueueError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .unusable: .ioError
        case .locked, .full: .temporaryFailure
        }
    }
}

extension SMTPClientFailure: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .busy: .temporaryFailure
        case .refused, .insecure, .untrusted, .logIn: .noPermission
        case .garbled: .protocolError
        case .unreachable: .unavailable
        }
    }
    var advice: String? { code == .untrusted ? LineConnectionError.adviceOnTrust : nil }
}
