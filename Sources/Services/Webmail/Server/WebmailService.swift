package import Accounts
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
package import LineProtocol
internal import Listening
package import Logging
package import Mail
package import MailStore
internal import NIOCore
internal import ServiceLifecycle

/// A message that somebody has written and that is to be sent.
package struct OutgoingMessage: Sendable {
    /// Whose account it is.
    package var sender: MailAddress
    /// One at least, each once.
    package var recipients: [MailAddress]
    /// The message as it goes on the wire: header and body, lines ending with CR LF, without `Bcc`.
    package var octets: [UInt8]
}

/// Mail in a browser: pages over HTTP that work without scripts.
///
/// Run it as a service; it stops accepting at a graceful shutdown and lets responses finish.
package final class WebmailService: Service {
    /// Where webmail listens, for how many, and how much they may send.
    package struct Configuration: Sendable {
        /// A name or an address, without brackets.
        package var host: String
        /// 0 lets the system choose.
        package var port: Int
        /// Nil for HTTP in the clear, which is answered to this machine only.
        package var tls: TLSIdentity?
        /// Connections open at once.
        package var maximumConnections = 500
        /// Connections open at once from one IPv4 address or one IPv6 network of 64 bits.
        package var maximumConnectionsPerAddress = 50
        /// Seconds that a connection may be silent.
        package var idleTime = 60
        /// Recipients of a message.
        package var maximumRecipients = 100
        /// Whether browsers shall remember for a year to come over TLS only (RFC 6797). Not for a certificate that they do not
        /// trust: they would offer no way past it.
        package var isStrict = false
        package var logger: Logger

        package init(host: String, port: Int, tls: TLSIdentity?, logger: Logger) {
            self.host = host
            self.port = port
            self.tls = tls
            self.logger = logger
        }
    }

    private let configuration: Configuration
    private let responder: WebmailResponder
    private let onListening: @Sendable (_ url: String) -> Void

    /// - Parameters:
    ///   - configuration: where to listen, and how long to wait.
    ///   - accounts: who may log in.
    ///   - store: that keeps their mail.
    ///   - send: takes the responsibility for a message; when it throws, the writer is told and keeps the message.
    ///   - onListening: told the URL once it listens.
    package init(
        configuration: Configuration, accounts: AccountStore, store: MailStore,
        send: @escaping @Sendable (OutgoingMessage) async throws -> Void,
        onListening: @escaping @Sendable (_ url: String) -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        self.onListening = onListening
        responder = WebmailResponder(
            accounts: accounts, store: store, pages: try PageTemplates(), isSecure: configuration.tls != nil,
            maximumRecipients: configuration.maximumRecipients, logger: configuration.logger,
            isStrict: configuration.tls != nil && configuration.isStrict, submit: send)
    }

    /// Serves until a graceful shutdown.
    ///
    /// - Throws: `ListenError` when it cannot listen.
    package func run() async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try? await self.responder.tidy() }
                defer { tasks.cancelAll() }
                // Lets responses finish at a graceful shutdown, which the other task does not hear of.
                try await application().run()
            }
        } catch  where ListenError.explains(error) {
            throw ListenError(error, at: "\(ListenAddress(host: configuration.host, port: configuration.port))")
        }
    }

    private func application() -> some ApplicationProtocol {
        let (configuration, onListening) = (configuration, onListening)
        let counts = ConnectionCount(
            limit: configuration.maximumConnections, limitPerOrigin: configuration.maximumConnectionsPerAddress)
        let idleTime = TimeAmount.seconds(Int64(configuration.idleTime))
        let http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [StalledWriteHandler(limit: idleTime)], idleTimeout: idleTime,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        return Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                GuardedChannel(
                    base: HTTP1Channel(responder: responder, configuration: http), tls: configuration.tls,
                    counts: counts)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.maximumConnections, logger: configuration.logger)),
            onServerRunning: { channel in
                let address = Endpoint(channel.localAddress) ?? Endpoint(host: configuration.host, port: 0)
                onListening("\(configuration.tls == nil ? "http" : "https")://\(address)")
            },
            logger: configuration.logger)
    }
}

/// Lets connections in, with TLS where there is a certificate; without, only those of this machine.
private struct GuardedChannel: ServerChildChannel {
    let base: HTTP1Channel
    let tls: TLSIdentity?
    let counts: ConnectionCount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        guard let peer = Endpoint(channel.remoteAddress), tls != nil || peer.isLoopback, counts.insert(peer.origin)
        else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        channel.closeFuture.whenComplete { [counts] _ in counts.remove(peer.origin) }
        do {
            try tls?.addHandler(to: channel)
        } catch {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(error)
        }
        return base.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
