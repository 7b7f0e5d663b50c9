import ArgumentParser

/// `headwater ftp`: files over FTP, both sides.
struct FTPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ftp",
        abstract: "Serve and fetch files over FTP.",
        subcommands: [
            FTPServeCommand.self, FTPGetCommand.self, FTPPutCommand.self, FTPListCommand.self, FTPMirrorCommand.self,
        ])
}
