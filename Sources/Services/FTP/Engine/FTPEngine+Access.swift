extension FTPEngine {
    /// Commands that are understood before logging in; nil for others.
    mutating func performAccess(_ command: FTPCommand) -> [Action]? {
        switch command.verb {
        case "USER": return user(command.argument)
        case "PASS":
            guard case .user(let name) = logIn else {
                return [.reply(FTPReply(503, user == nil ? "USER comes first." : "You are logged in already."))]
            }
            return [.logIn(user: name, password: command.argument)]
        case "QUIT": return close(FTPReply(221, "Goodbye."))
        case "AUTH": return authenticate(command.argument)
        case "PBSZ": return bufferSize(command.argument)
        case "PROT": return protection(command.argument)
        case "REIN":
            // RFC 4217 §11 would have the connection return to plaintext.
            if isSecure { return [.reply(FTPReply(502, "REIN is not possible under TLS; connect again."))] }
            reset()
            return [.dropData, .reply(FTPReply(220, configuration.greeting))]
        case "FEAT": return [.reply(features)]
        case "SYST": return [.reply(FTPReply(215, "UNIX Type: L8"))]
        case "NOOP": return [.reply(FTPReply(200, "Nothing done."))]
        case "ACCT": return [.reply(FTPReply(202, "No account is needed."))]
        case "CLNT": return [.reply(FTPReply(200, "Welcome."))]
        case "HELP": return [.reply(help)]
        case "OPTS": return options(command.argument)
        default: return nil
        }
    }

    /// Takes the result of ``Action/logIn(user:password:)``: nil when the password is wrong or the user unknown.
    package mutating func loggedIn(_ user: FTPUser?) -> [Action] {
        guard let user else {
            logIn = .none
            failedLogIns += 1
            if failedLogIns >= configuration.logInAttempts { return close(FTPReply(421, "Too many wrong passwords.")) }
            return [.reply(FTPReply(530, "The user or the password is wrong."))] + resumeHeld()
        }
        logIn = .done(user)
        return [.reply(FTPReply(230, "Welcome, \(user.name)."))] + resumeHeld()
    }

    /// Tells that the password could not be checked.
    package mutating func logInFailed() -> [Action] {
        logIn = .none
        return [.reply(FTPReply(451, "Passwords cannot be checked now; try later."))] + resumeHeld()
    }

    /// Tells that TLS has begun: everything starts anew (RFC 4217 §4).
    package mutating func secured() {
        reset()
        held = []
        isSecure = true
    }

    private mutating func user(_ name: String) -> [Action] {
        guard !name.isEmpty else { return [.reply(FTPReply(501, "USER needs a name."))] }
        if configuration.requiresTLS, !isSecure { return [.reply(FTPReply(530, "AUTH TLS comes first."))] }
        if user != nil { reset(keepingProtection: true) }
        logIn = .user(name)
        return [.reply(FTPReply(331, "The password, please."))]
    }

    private mutating func authenticate(_ mechanism: String) -> [Action] {
        guard configuration.offersTLS else { return [.reply(FTPReply(502, "This server has no certificate."))] }
        guard !isSecure else { return [.reply(FTPReply(503, "TLS protects the connection already."))] }
        guard ["TLS", "TLS-C", "SSL"].contains(mechanism.uppercased()) else {
            return [.reply(FTPReply(504, "Only AUTH TLS is known."))]
        }
        return [.dropData, .reply(FTPReply(234, "Go on with TLS.")), .startTLS]
    }

    private mutating func bufferSize(_ argument: String) -> [Action] {
        guard isSecure else { return [.reply(FTPReply(503, "AUTH TLS comes first."))] }
        guard !argument.isEmpty, argument.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return [.reply(FTPReply(501, "PBSZ needs a number."))]
        }
        hasBufferSize = true
        return [.reply(FTPReply(200, "PBSZ=0"))]
    }

    private mutating func protection(_ level: String) -> [Action] {
        guard isSecure, hasBufferSize else { return [.reply(FTPReply(503, "PBSZ comes first."))] }
        switch level.uppercased() {
        case "P":
            isDataProtected = true
            return [.reply(FTPReply(200, "Data connections are protected."))]
        case "C":
            if configuration.requiresTLS { return [.reply(FTPReply(534, "Data connections must be protected."))] }
            isDataProtected = false
            return [.reply(FTPReply(200, "Data connections are in the clear."))]
        case "S", "E": return [.reply(FTPReply(536, "Only C and P are known."))]
        default: return [.reply(FTPReply(504, "Only C and P are known."))]
        }
    }

    private mutating func reset(keepingProtection: Bool = false) {
        if user != nil { strangerSince = lastActivity }
        logIn = .none
        directory = .root
        isASCII = true
        strangerSince = lastActivity
        (restart, allocation) = (0, nil)
        renameFrom = nil
        data = .none
        isExtendedPassiveOnly = false
        facts = MachineFact.standard
        if !keepingProtection {
            hasBufferSize = false
            isDataProtected = false
        }
    }

    private var features: FTPReply {
        var lines = ["Extensions supported:"]
        if configuration.offersTLS { lines.append("AUTH TLS") }
        lines += ["EPRT", "EPSV", "MDTM", "MFMT"]
        lines.append("MLST " + MachineFact.allCases.map { $0.rawValue + (facts.contains($0) ? "*;" : ";") }.joined())
        if configuration.offersTLS || isSecure { lines += ["PBSZ", "PROT"] }
        lines += ["REST STREAM", "SIZE", "TVFS", "UTF8", "End"]
        return FTPReply(211, lines: lines)
    }

    private var help: FTPReply {
        let rows = stride(from: 0, to: FTPCommand.supported.count, by: 10).map { start in
            FTPCommand.supported[start..<min(start + 10, FTPCommand.supported.count)].joined(separator: " ")
        }
        return FTPReply(214, lines: ["Commands:"] + rows + ["SITE HELP lists what is special here."])
    }

    private mutating func options(_ argument: String) -> [Action] {
        let words = argument.split(separator: " ", maxSplits: 1)
        switch words.first?.uppercased() {
        case "UTF8":
            let value = words.count > 1 ? words[1].uppercased() : "ON"
            return [.reply(value == "ON" ? FTPReply(200, "UTF-8 it is.") : FTPReply(504, "Names are in UTF-8 only."))]
        case "MLST":
            facts = MachineFact.parse(words.count > 1 ? words[1] : "")
            let chosen = MachineFact.allCases.filter(facts.contains).map { $0.rawValue + ";" }.joined()
            return [.reply(FTPReply(200, chosen.isEmpty ? "MLST OPTS" : "MLST OPTS \(chosen)"))]
        default: return [.reply(FTPReply(501, "There is no such option."))]
        }
    }
}
