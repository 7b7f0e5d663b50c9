import ArgumentParser
import LineProtocol

/// Where a server of mail or files has its certificate from.
struct IdentityOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Certificate for TLS (PEM), followed by those of its issuers.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("Private key of the certificate (PEM).", valueName: "file"))
    var tlsKey: String?

    @Flag(help: "Make a certificate that vouches for itself, once, and keep it in the data folder.")
    var selfSigned = false

    func validate() throws {
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-certificate and --tls-key belong together")
        }
        if selfSigned, tlsCertificate != nil {
            throw ValidationError("--self-signed and --tls-certificate exclude each other")
        }
    }

    /// Nil without TLS.
    ///
    /// - Parameters:
    ///   - data: the folder in which a self-signed certificate is kept, in `tls/`.
    ///   - names: hosts that a new one is for.
    /// - Throws: `TLSIdentityError`.
    func identity(data: String, names: [String]) throws -> TLSIdentity? {
        if let tlsCertificate, let tlsKey { return try TLSIdentity(certificateFile: tlsCertificate, keyFile: tlsKey) }
        return selfSigned ? try TLSIdentity.selfSigned(in: data + "/tls", names: names) : nil
    }
}

extension TLSIdentityError: ExitStatusProviding {
    var systemExit: SystemExit { .configuration }
}

extension LineConnectionError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .unknownHost: .noHost
        case .insecure, .untrusted: .noPermission
        case .timedOut, .stopping, .closed, .truncated, .unreachable: .unavailable
        }
    }
    var advice: String? { code == .untrusted ? Self.adviceOnTrust : nil }
    /// What a client's user can do about a certificate.
    static let adviceOnTrust = "--ca names an authority"
}
