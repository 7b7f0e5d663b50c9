/// A command as a client sends it: a verb, and what follows the first space.
struct FTPCommand: Sendable, Hashable {
    /// In upper case.
    let verb: String
    /// As it was sent; names of files may end with spaces.
    let argument: String
    /// Whether what follows is UTF-8 (RFC 2640 §2.2); the argument is empty if it is not.
    let isText: Bool

    /// Nil when the verb is not UTF-8.
    init?(_ line: [UInt8]) {
        let end = line.firstIndex(of: 0x20) ?? line.endIndex
        guard let verb = String(validating: line[..<end], as: UTF8.self) else { return nil }
        self.verb = verb.uppercased()
        let argument = String(validating: line[end...].dropFirst(), as: UTF8.self)
        self.argument = argument ?? ""
        isText = argument != nil
    }

    /// Those whose argument is the name of something that is to be.
    static let making: Set<String> = ["STOR", "STOU", "APPE", "MKD", "XMKD", "RNTO"]

    /// What a server of RFC 959 and its extensions knows, whether or not it does it.
    static let known: Set<String> = [
        "USER", "PASS", "ACCT", "CWD", "CDUP", "SMNT", "REIN", "QUIT", "PORT", "PASV", "TYPE", "STRU", "MODE", "RETR",
        "STOR", "STOU", "APPE", "ALLO", "REST", "RNFR", "RNTO", "ABOR", "DELE", "RMD", "MKD", "PWD", "LIST", "NLST",
        "SITE",
        "SYST", "STAT", "HELP", "NOOP", "XCWD", "XCUP", "XMKD", "XRMD", "XPWD", "AUTH", "ADAT", "PBSZ", "PROT", "CCC",
        "MIC", "CONF", "ENC", "FEAT", "OPTS", "EPRT", "EPSV", "LANG", "MDTM", "MFMT", "MLSD", "MLST", "SIZE", "CLNT",
    ]

    /// What this server does, for `HELP`.
    static let supported = [
        "ABOR", "ALLO", "APPE", "AUTH", "CDUP", "CWD", "DELE", "EPRT", "EPSV", "FEAT", "HELP", "LIST", "MDTM", "MFMT",
        "MKD",
        "MLSD", "MLST", "MODE", "NLST", "NOOP", "OPTS", "PASS", "PASV", "PBSZ", "PORT", "PROT", "PWD", "QUIT", "REIN",
        "REST", "RETR", "RMD", "RNFR", "RNTO", "SITE", "SIZE", "STAT", "STOR", "STOU", "STRU", "SYST", "TYPE", "USER",
    ]
}
