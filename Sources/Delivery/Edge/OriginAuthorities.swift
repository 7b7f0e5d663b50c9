internal import NIOSSL

/// Authorities that an edge trusts besides the system's when it asks origins over https.
package struct OriginAuthorities: Sendable {
    private let certificates: [NIOSSLCertificate]

    /// The system's alone.
    package init() { certificates = [] }

    /// - Parameter path: of a file of PEM with at least one certificate.
    /// - Throws: when it cannot be read, or holds none.
    package init(file path: String) throws {
        certificates = try NIOSSLCertificate.fromPEMFile(path)
        guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
    }

    /// How connections to origins are secured; nil for the client's own way.
    var tlsConfiguration: TLSConfiguration? {
        guard !certificates.isEmpty else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.additionalTrustRoots = [.certificates(certificates)]
        return configuration
    }
}
