package import LineProtocol

/// What is to go over a data connection.
package struct FTPTransfer: Sendable, Hashable {
    /// Which way the data go, and of what: `RETR`, `STOR` and their like, `LIST` and its like.
    package enum Kind: Sendable, Hashable {
        /// - offset: octets of the file that the client has already.
        case retrieve(VirtualPath, offset: Int64)
        case store(VirtualPath, StoreMode)
        /// - pattern: which names of a directory are wanted; nil for all.
        /// - literal: what is wanted instead, if there is such a thing: what was asked for could be meant so.
        case list(VirtualPath, ListingFormat, pattern: String?, literal: VirtualPath?)
    }

    /// Where a data connection comes from.
    package enum Channel: Sendable, Hashable {
        /// The client connects to the listener that was made for it.
        case passive
        /// The server connects.
        case active(Endpoint)
    }

    package var kind: Kind
    package var channel: Channel
    /// Whether lines end with CR LF on the wire and with LF in files (`TYPE A`).
    package var isASCII: Bool
    /// Whether TLS protects the data connection (`PROT P`).
    package var isProtected: Bool
    /// Octets of the file that an upload makes, as far as the client told (`ALLO`).
    package var size: Int64?
}

/// What an upload makes of a file that is there.
package enum StoreMode: Sendable, Hashable {
    case replace
    /// Keeps the first octets of the file, as many as the offset says.
    case resume(Int64)
    case append
    /// Takes another name when the name is in use.
    case unique
}

/// How a directory is listed.
package enum ListingFormat: Sendable, Hashable {
    /// As `ls -l` does.
    case long
    /// Names only.
    case names
    /// RFC 3659's facts.
    case machine(Set<MachineFact>)
}

/// How a transfer ended.
package enum FTPTransferResult: Sendable, Hashable {
    /// Whole; for an upload: safe on disk. With what the server's owner has to say about it.
    case complete(String?)
    /// The client asked for an end.
    case aborted
    /// The data connection broke or stood still; the reason in words.
    case broken(String)
    /// No data connection came about.
    case unconnected
    /// TLS did not come about on the data connection.
    case insecure
    case failed(FileError)
}
