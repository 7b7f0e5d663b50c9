internal import Foundation
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// Why TLS did not come about or broke, in words for people.
enum TLSFailure {
    /// - Parameters:
    ///   - error: of the library; anything but a closing without notice.
    ///   - host: whom a client wanted to talk to; nil on a server.
    ///   - certificate: what the peer has shown; nil for none.
    ///   - now: what certificates are valid at.
    static func explain(
        _ error: any Error, host: String?, certificate: NIOSSLCertificate?, now: Date
    ) -> LineConnectionError {
        let owner = host ?? "the peer"
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return LineConnectionError(
                .untrusted, "the certificate of \(owner) is not trusted (it is for another name)")
        }
        switch error as? NIOSSLError {
        case .noCertificateToValidate, .unableToValidateCertificate:
            // The certificate has no name that could be compared.
            return LineConnectionError(
                .untrusted, "the certificate of \(owner) is not trusted (it is for another name)")
        default: break
        }
        let text = String(describing: error)
        let reasons = reasons(in: text)
        if reasons.contains("CERTIFICATE_VERIFY_FAILED") {
            let why = (try? certificate?.toDERBytes()).map { flaw(of: $0, now: now) } ?? "nobody trusted vouches for it"
            return LineConnectionError(.untrusted, "the certificate of \(owner) is not trusted (\(why))")
        }
        if reasons.contains(where: { ["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST"].contains($0) }) {
            return LineConnectionError(.insecure, "TLS failed: the peer does not speak it")
        }
        let words = reasons.isEmpty ? [line(text)] : reasons.map { $0.lowercased().replacing("_", with: " ") }
        return LineConnectionError(.insecure, "TLS failed: \(words.joined(separator: ", "))")
    }

    /// The names of reasons in a description of BoringSSL's errors, which else has numbers and places in source code:
    /// `error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …`.
    private static func reasons(in text: String) -> [String] {
        text.split(separator: "OPENSSL_internal:").dropFirst().map { piece in
            String(piece.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        }
    }

    /// What is wrong with a certificate (X.509 in DER) that was not trusted.
    static func flaw(of octets: [UInt8], now: Date) -> String {
        guard let certificate = try? Certificate(derEncoded: octets) else { return "it cannot be read" }
        if now > certificate.notValidAfter { return "it ended on \(day(certificate.notValidAfter))" }
        if now < certificate.notValidBefore { return "it begins on \(day(certificate.notValidBefore))" }
        if certificate.issuer == certificate.subject { return "it vouches for itself" }
        return "nobody trusted vouches for it"
    }

    private static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }

    /// An error of a library in one line.
    static func line(_ text: String) -> String { text.split(whereSeparator: \.isNewline).joined(separator: " ") }
}
