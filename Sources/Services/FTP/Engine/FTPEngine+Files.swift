package import Foundation
internal import LineProtocol

/// What is asked of the file system outside of transfers.
package enum FTPFileRequest: Sendable, Hashable {
    case status(VirtualPath)
    /// As ``status(_:)``; of what is kept of a broken upload if there is no file.
    case size(VirtualPath)
    case listing(VirtualPath)
    case makeDirectory(VirtualPath)
    case removeDirectory(VirtualPath)
    case removeFile(VirtualPath)
    case rename(VirtualPath, to: VirtualPath)
    case setModified(VirtualPath, Date)
}

/// What the file system answers.
package enum FTPFileAnswer: Sendable, Hashable {
    case status(FileStatus)
    /// - isWhole: whether there are no more entries.
    case listing([FileEntry], isWhole: Bool)
    case done
    case failed(FileError)
}

extension FTPEngine {
    /// The command that an answer of the file system is for.
    enum FileCommand: Hashable {
        case changeDirectory(VirtualPath)
        case size
        case modified
        case machineStatus(VirtualPath)
        case renameFrom(VirtualPath)
        case renamed
        case made(VirtualPath)
        case listing(VirtualPath)
        case setModified(VirtualPath, String)
        case other(code: Int, String)
    }

    /// Commands about files that need no data connection; nil for others.
    mutating func performFile(_ command: FTPCommand) -> [Action]? {
        switch command.verb {
        case "PWD", "XPWD": return [.reply(FTPReply(257, "\(directory.quoted) is the working directory."))]
        case "CWD", "XCWD": return ask(command, .nothing) { (.status($0), .changeDirectory($0)) }
        case "CDUP", "XCUP":
            directory = directory.parent ?? .root
            return [.reply(FTPReply(250, "\(directory.quoted) is the working directory."))]
        case "SIZE":
            guard !isASCII else { return [.reply(FTPReply(550, "The size depends on the type: TYPE I comes first."))] }
            return ask(command, .reading) { (.size($0), .size) }
        case "MDTM": return ask(command, .reading) { (.status($0), .modified) }
        case "MLST":
            return ask(command, .reading, standard: directory) { (.status($0), .machineStatus($0)) }
        case "STAT":
            if command.argument.isEmpty { return [.reply(status)] }
            return ask(command, .reading) { (.listing($0), .listing($0)) }
        case "MKD", "XMKD": return ask(command, .adding) { (.makeDirectory($0), .made($0)) }
        case "RMD", "XRMD":
            return ask(command, .changing) { (.removeDirectory($0), .other(code: 250, "It is gone.")) }
        case "DELE": return ask(command, .changing) { (.removeFile($0), .other(code: 250, "It is gone.")) }
        case "RNFR": return ask(command, .changing) { (.status($0), .renameFrom($0)) }
        case "RNTO":
            guard let from = renameFrom else { return [.reply(FTPReply(503, "RNFR comes first."))] }
            return ask(command, .changing) {
                (.rename(from, to: $0), .renamed)
            }
        case "MFMT":
            let parts = command.argument.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let date = FTPDate.parse(parts[0]) else {
                return [.reply(FTPReply(501, "MFMT needs YYYYMMDDHHMMSS and a name."))]
            }
            guard user?.access == .full else { return refused }
            guard let path = path(String(parts[1])) else { return misnamed(command) }
            return ask(.setModified(path, date), for: .setModified(path, FTPDate.text(date)))
        case "SITE": return site(command.argument)
        default: return nil
        }
    }

    /// Takes the answer to `Action.ask`.
    package mutating func answered(_ answer: FTPFileAnswer) -> [Action] {
        guard case .file(let command) = pending else { return [] }
        pending = .none
        return [.reply(reply(to: command, answer))] + resumeHeld()
    }

    /// Takes the answer to `Action.site`.
    package mutating func siteReplied(_ reply: FTPReply) -> [Action] {
        guard case .site = pending else { return [] }
        pending = .none
        return [.reply(reply)] + resumeHeld()
    }

    private mutating func reply(to command: FileCommand, _ answer: FTPFileAnswer) -> FTPReply {
        switch (command, answer) {
        case (.made, .failed(.badName)): return FTPReply(553, FileError.badName.text)
        case (.renamed, .failed(let error)): return FTPReply(error.renamingCode, error.text)
        case (_, .failed(let error)): return FTPReply(error.replyCode(isUpload: false), error.text)
        case (.changeDirectory(let path), .status(let status)):
            guard status.isDirectory else { return FTPReply(550, FileError.notADirectory.text) }
            directory = path
            return FTPReply(250, "\(path.quoted) is the working directory.")
        case (.size, .status(let status)):
            return status.isDirectory ? FTPReply(550, FileError.isADirectory.text) : FTPReply(213, "\(status.size)")
        case (.modified, .status(let status)):
            return status.isDirectory
                ? FTPReply(550, FileError.isADirectory.text) : FTPReply(213, FTPDate.text(status.modified))
        case (.machineStatus(let path), .status(let status)):
            let facts = MachineFact.text(status, facts, access: user?.access ?? .readOnly)
            return FTPReply(250, lines: ["Facts:", "\(facts) \(path)", "End"])
        case (.renameFrom(let path), .status):
            renameFrom = path
            return FTPReply(350, "RNTO comes next.")
        case (.renamed, _): return FTPReply(250, "It has its new name.")
        case (.made(let path), _): return FTPReply(257, "\(path.quoted) is made.")
        case (.listing(let path), .listing(let entries, let isWhole)):
            return FTPReply(
                213,
                lines: ["\(path):"] + entries.map { LongListing.line($0) } + [
                    isWhole ? "End" : "There is more; LIST shows all."
                ])
        case (.setModified(let path, let date), _): return FTPReply(213, "Modify=\(date); \(path)")
        case (.other(let code, let text), _): return FTPReply(code, text)
        default: return FTPReply(451, "That did not work.")
        }
    }

    private mutating func ask(_ request: FTPFileRequest, for command: FileCommand) -> [Action] {
        pending = .file(command)
        return [.ask(request)]
    }

    /// What a user must be allowed to do.
    private enum Need {
        case nothing, reading, adding, changing
    }

    private mutating func ask(
        _ command: FTPCommand, _ need: Need, standard: VirtualPath? = nil,
        _ question: (VirtualPath) -> (FTPFileRequest, FileCommand)
    ) -> [Action] {
        let isAllowed =
            switch (need, user?.access ?? .readOnly) {
            case (.nothing, _), (_, .full), (.reading, .readOnly), (.adding, .uploadOnly): true
            case (.reading, .uploadOnly), (.adding, .readOnly), (.changing, _): false
            }
        guard isAllowed else { return refused }
        guard let path = path(command.argument) ?? (command.argument.isEmpty ? standard : nil) else {
            return misnamed(command)
        }
        let (request, meaning) = question(path)
        return ask(request, for: meaning)
    }

    private mutating func site(_ argument: String) -> [Action] {
        let words = argument.split(separator: " ", maxSplits: 1)
        let name = words.first.map { $0.uppercased() } ?? ""
        if name == "HELP" {
            return [
                .reply(
                    FTPReply(214, lines: ["SITE knows:"] + (["HELP"] + configuration.siteCommands.sorted()) + ["End"]))
            ]
        }
        guard configuration.siteCommands.contains(name) else {
            return [.reply(FTPReply(504, "There is no such SITE command; SITE HELP lists them."))]
        }
        pending = .site
        return [.site(command: name, argument: words.count > 1 ? String(words[1]) : "")]
    }

    private var status: FTPReply {
        FTPReply(
            211,
            lines: [
                "Status:", "Connected from \(peer.host)", "Logged in as \(user?.name ?? "nobody")",
                "TYPE: \(isASCII ? "ASCII" : "image"), STRU: file, MODE: stream",
                "Control connection: \(isSecure ? "TLS" : "in the clear"), "
                    + "data connections: \(isDataProtected ? "TLS" : "in the clear")", "End",
            ])
    }
}
