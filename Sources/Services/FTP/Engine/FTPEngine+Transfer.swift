package import LineProtocol

/// Representation, data connections, transfers.
extension FTPEngine {
    /// Commands that prepare transfers; nil for others.
    mutating func performParameter(_ command: FTPCommand) -> [Action]? {
        let argument = command.argument.uppercased()
        switch command.verb {
        case "TYPE":
            switch argument {
            case "A", "A N": isASCII = true
            case "I", "L 8", "L8": isASCII = false
            default: return [.reply(FTPReply(504, "Only the types A, I and L 8 are known."))]
            }
            return [.reply(FTPReply(200, "The type is \(isASCII ? "ASCII" : "image")."))]
        case "MODE": return parameter(argument, only: "S", "stream mode")
        case "STRU": return parameter(argument, only: "F", "file structure")
        case "ALLO":
            let words = argument.split(separator: " ")
            guard words.count == 1 || words.count == 3 && words[1] == "R", let size = Int64(words[0]), size >= 0 else {
                return [.reply(FTPReply(501, "ALLO needs a number of octets."))]
            }
            allocation = size
            return [.reply(FTPReply(200, "The next upload is broken off if it has fewer than \(size) octets."))]
        case "REST":
            restart = 0
            guard !command.argument.isEmpty, command.argument.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let offset = Int64(command.argument)
            else { return [.reply(FTPReply(501, "REST needs a number of octets."))] }
            guard !isASCII || offset == 0 else { return [.reply(FTPReply(501, "Restarting needs TYPE I."))] }
            restart = offset
            return [.reply(FTPReply(350, "The next transfer begins at octet \(offset)."))]
        case "PASV":
            if isExtendedPassiveOnly { return [.reply(FTPReply(501, "EPSV ALL is in force."))] }
            if local.isIPv6 { return [.reply(FTPReply(425, "PASV has no IPv6 addresses: use EPSV."))] }
            return listen(isExtended: false)
        case "EPSV":
            switch argument {
            case "ALL":
                isExtendedPassiveOnly = true
                return [.reply(FTPReply(200, "EPSV and nothing else."))]
            case "", local.isIPv6 ? "2" : "1": return listen(isExtended: true)
            case "1", "2":
                return [.reply(FTPReply(522, "The connection's network is another, use (\(local.isIPv6 ? 2 : 1))"))]
            default: return [.reply(FTPReply(501, "EPSV knows 1, 2 and ALL."))]
            }
        case "PORT":
            guard let target = HostPort.parse(port: command.argument) else {
                return [.reply(FTPReply(501, "PORT needs h1,h2,h3,h4,p1,p2."))]
            }
            return activate(target)
        case "EPRT":
            do {
                return activate(try HostPort.parse(extended: command.argument))
            } catch HostPort.ExtendedFault.unknownNetwork {
                return [.reply(FTPReply(522, "Only these networks are known, use (1,2)"))]
            } catch {
                return [.reply(FTPReply(501, "EPRT needs |1|address|port| or |2|address|port|."))]
            }
        case "ABOR":
            data = .none
            return [.dropData, .reply(FTPReply(226, "There was no transfer to abort."))]
        default: return nil
        }
    }

    private func parameter(_ argument: String, only value: String, _ name: String) -> [Action] {
        [
            .reply(
                argument == value ? FTPReply(200, "It is \(name).") : FTPReply(504, "Only \(name) (\(value)) is known.")
            )
        ]
    }

    private mutating func listen(isExtended: Bool) -> [Action] {
        pending = .passive(isExtended: isExtended)
        return [.listen]
    }

    /// Takes the result of ``Action/listen``: where data connections are expected, nil when that cannot be.
    package mutating func listening(on endpoint: Endpoint?) -> [Action] {
        guard case .passive(let isExtended) = pending else { return [] }
        pending = .none
        guard let endpoint else {
            data = .none
            return [.reply(FTPReply(425, "No port is free for a data connection."))] + resumeHeld()
        }
        data = .passive
        listeningSince = lastActivity
        if isExtended {
            return [.reply(FTPReply(229, "Entering Extended Passive Mode (|||\(endpoint.port)|)"))] + resumeHeld()
        }
        guard let address = HostPort.passive(endpoint) else {
            data = .none
            return [.dropData, .reply(FTPReply(425, "PASV has no IPv6 addresses: use EPSV."))] + resumeHeld()
        }
        return [.reply(FTPReply(227, "Entering Passive Mode \(address)"))] + resumeHeld()
    }

    /// Accepts an address to connect to: the client's own, and no port of a service (RFC 2577 §3).
    private mutating func activate(_ target: Endpoint) -> [Action] {
        if isExtendedPassiveOnly { return [.reply(FTPReply(501, "EPSV ALL is in force."))] }
        data = .none
        guard target.host == peer.host, target.port >= 1024 else {
            return [.dropData, .reply(FTPReply(504, "Data goes to your own address only, to port 1024 or above."))]
        }
        data = .active(target)
        return [.dropData, .reply(FTPReply(200, "Data goes to \(target)."))]
    }

    /// Commands that use a data connection; nil for others.
    mutating func performTransfer(_ command: FTPCommand) -> [Action]? {
        let access = user?.access ?? .readOnly
        let (restart, facts) = (restart, facts)
        switch command.verb {
        case "RETR" where isASCII && restart > 0, "STOR" where isASCII && restart > 0:
            return [.reply(FTPReply(501, "Restarting needs TYPE I."))]
        case "RETR":
            guard access != .uploadOnly else { return refused }
            return begin(command, path(command.argument)) { .retrieve($0, offset: restart) }
        case "STOR":
            guard access != .readOnly, access == .full || restart == 0 else { return refused }
            return begin(command, path(command.argument)) { .store($0, restart > 0 ? .resume(restart) : .replace) }
        case "APPE":
            guard access == .full else { return refused }
            return begin(command, path(command.argument)) { .store($0, .append) }
        case "STOU":
            guard access != .readOnly else { return refused }
            return begin(command, path(command.argument.isEmpty ? "upload" : command.argument)) { .store($0, .unique) }
        case "LIST": return list(command, .long)
        case "NLST": return list(command, .names)
        // RFC 3659 §7.1: one directory, no patterns.
        case "MLSD":
            return begin(command, VirtualPath(command.argument, from: directory)) {
                .list($0, .machine(facts), pattern: nil, literal: nil)
            }
        default: return nil
        }
    }

    var refused: [Action] { [.reply(FTPReply(550, "You may not do that."))] }

    func path(_ argument: String) -> VirtualPath? {
        argument.isEmpty ? nil : VirtualPath(argument, from: directory)
    }

    /// Says what is wrong with a name: that there is none, or one that cannot be.
    func misnamed(_ command: FTPCommand) -> [Action] {
        if command.argument.isEmpty { return [.reply(FTPReply(501, "\(command.verb) needs a name."))] }
        return [.reply(FTPReply(FTPCommand.making.contains(command.verb) ? 553 : 550, FileError.badName.text))]
    }

    /// `LIST -al name`: flags that clients send as if a shell ran.
    private static func withoutFlags(_ argument: String) -> String {
        var rest = argument[...]
        while rest.hasPrefix("-") {
            let flags = rest.prefix { $0 != " " }
            guard flags.count > 1, flags.dropFirst().allSatisfy({ $0.isASCII && $0.isLetter || $0 == "1" }) else {
                break
            }
            rest = rest.dropFirst(flags.count).drop { $0 == " " }
        }
        return String(rest)
    }

    private mutating func list(_ command: FTPCommand, _ format: ListingFormat) -> [Action] {
        let argument = Self.withoutFlags(command.argument)
        // What looks like flags may be a name.
        let literal = argument == command.argument ? nil : path(command.argument)
        var pattern: String?
        var target = VirtualPath(argument, from: directory)
        if let name = target?.name, name.contains(where: { "*?".contains($0) }) {
            pattern = name
            target = target?.parent
        }
        return begin(command, target) { .list($0, format, pattern: pattern, literal: literal) }
    }

    /// Whether a data connection can come about.
    var hasDataChannel: Bool { data != .none && (isDataProtected || !configuration.requiresTLS) }

    private mutating func begin(
        _ command: FTPCommand, _ path: VirtualPath?, _ kind: (VirtualPath) -> FTPTransfer.Kind
    ) -> [Action] {
        guard let path else { return misnamed(command) }
        let channel: FTPTransfer.Channel
        switch data {
        case .none: return [.reply(FTPReply(425, "PASV, EPSV, PORT or EPRT comes first."))]
        case .passive: channel = .passive
        case .active(let target): channel = .active(target)
        }
        if configuration.requiresTLS, !isDataProtected {
            return [.dropData, .reply(FTPReply(521, "PROT P comes first."))]
        }
        let kind = kind(path)
        var isASCII = isASCII
        if case .list = kind { isASCII = false }
        data = .none
        transfer = .opening
        transferVerb = command.verb
        transferDescription = "\(command.verb) \(path)"
        if case .store = kind { transferIsUpload = true } else { transferIsUpload = false }
        return [
            .transfer(
                FTPTransfer(
                    kind: kind, channel: channel, isASCII: isASCII, isProtected: isDataProtected,
                    size: transferIsUpload ? allocation : nil))
        ]
    }

    /// Tells that the file is open and the data connection is there.
    ///
    /// - Parameter name: of the file, where the server chose it (`STOU`, RFC 1123 §4.1.2.9).
    package mutating func transferBegan(of name: VirtualPath? = nil) -> [Action] {
        guard transfer == .opening else { return [] }
        transfer = .running
        return [.reply(FTPReply(150, name.map { "FILE: \($0)" } ?? "Here it goes."))]
    }

    /// Tells that a transfer, begun or not, has ended.
    package mutating func transferEnded(_ result: FTPTransferResult, now: ContinuousClock.Instant) -> [Action] {
        guard isTransferring else { return [] }
        lastActivity = now
        transfer = .idle
        let reply =
            switch result {
            case .complete(let text): FTPReply(226, text ?? "Done.")
            case .aborted: FTPReply(426, "The transfer was aborted.")
            case .broken(let reason): FTPReply(426, reason)
            case .unconnected: FTPReply(425, "No data connection came about.")
            case .insecure: FTPReply(425, "TLS did not come about on the data connection.")
            // RFC 3659 §7.2.
            case .failed(.notADirectory) where transferVerb == "MLSD": FTPReply(501, FileError.notADirectory.text)
            case .failed(let error): FTPReply(error.replyCode(isUpload: transferIsUpload), error.text)
            }
        var actions: [Action] = [.dropData, .reply(reply)]
        if isAborting {
            isAborting = false
            actions.append(.reply(FTPReply(226, "ABOR is done.")))
        }
        return actions + resumeHeld()
    }
}
