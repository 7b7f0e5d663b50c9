import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// How a player's connections are made.
package struct Transport: Sendable {
    /// The version of HTTP.
    package enum Version: String, Sendable, Hashable, CaseIterable {
        /// HTTP/2 where a server offers it in the TLS handshake (RFC 7301), else HTTP/1.1.
        case automatic = "auto"
        case http1 = "1.1"
        /// HTTP/2 and nothing else, which needs https.
        case http2 = "2"
    }

    package var version: Version
    /// Certificates of authorities that are trusted besides the system's.
    private var authorities: [NIOSSLCertificate] = []
    /// The system's, where they have been read already.
    private var systemAuthorities: [NIOSSLCertificate]?
    private var hasSmallBuffers = false

    /// Where systems keep the certificates of their authorities, in one file.
    private static let systemFiles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]

    /// - Parameters:
    ///   - version: of HTTP.
    ///   - authorityFile: PEM with certificates to trust besides the system's; nil for none.
    /// - Throws: ``PlayerError`` when the file cannot be read or holds no certificates.
    package init(version: Version = .automatic, authorityFile: String? = nil) throws(PlayerError) {
        self.version = version
        guard let authorityFile else { return }
        do {
            authorities = try NIOSSLCertificate.fromPEMFile(authorityFile)
        } catch {
            throw PlayerError(.unusable, "\(authorityFile): no certificates in PEM that could be read")
        }
        guard !authorities.isEmpty else { throw PlayerError(.unusable, "\(authorityFile): no certificates in it") }
    }

    private init() { version = .automatic }

    /// The system's authorities, and the best version that a server offers.
    package static let standard = Transport()

    /// The same for one of many clients in a process, which then take little memory.
    ///
    /// - The system's authorities, some hundred certificates, are read once, not by each client for itself. Where they are
    ///   not in one file nothing changes.
    /// - A connection reads 16 KiB at once and keeps one buffer for that; else it comes to keep four of 64 KiB.
    package var forManyClients: Transport {
        var transport = self
        transport.systemAuthorities = Self.systemFiles.lazy.compactMap { try? NIOSSLCertificate.fromPEMFile($0) }
            .first { !$0.isEmpty }
        transport.hasSmallBuffers = true
        return transport
    }

    /// The configuration of an HTTP client for a player.
    ///
    /// - Parameter overrides: addresses to connect to instead of the hosts that URLs name.
    func configuration(connecting overrides: [String: String]) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .follow(max: 5, allowCycles: false),
            // Sessions give up a silent server earlier; this is for requests outside of them.
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(10), read: .seconds(30)))
        // The session itself retries, and knows of other locations: a dead server must be noticed at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = version == .http1 ? .http1Only : .automatic
        configuration.dnsOverride = overrides
        if !authorities.isEmpty || systemAuthorities != nil {
            var tls = TLSConfiguration.makeClientConfiguration()
            if let systemAuthorities { tls.trustRoots = .certificates(systemAuthorities) }
            if !authorities.isEmpty { tls.additionalTrustRoots = [.certificates(authorities)] }
            configuration.tlsConfiguration = tls
        }
        if hasSmallBuffers {
            configuration.http1_1ConnectionDebugInitializer = Self.useSmallBuffers
            configuration.http2ConnectionDebugInitializer = Self.useSmallBuffers
        }
        return configuration
    }

    @Sendable private static func useSmallBuffers(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16 << 10))
            .flatMap { channel.setOption(.maxMessagesPerRead, value: 1) }
    }
}
