import Crypto
import Foundation
import NIOCore
package import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// A certificate for one host that vouches for itself, made for one test.
package struct SelfSignedCertificate: Sendable {
    let certificate: NIOSSLCertificate
    let key: NIOSSLPrivateKey
    /// As a file of authorities holds it.
    package let pem: String

    /// - Parameter host: a name; nil for the address 127.0.0.1.
    package init(host: String? = nil) throws {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName(host ?? "127.0.0.1") }
        let subject: GeneralName =
            host.map { .dnsName($0) } ?? .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))
        let now = Date()
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now.addingTimeInterval(-3600), notValidAfter: now.addingTimeInterval(86_400), issuer: name,
            subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames([subject])
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
        pem = try certificate.serializeAsPEM().pemString
        self.certificate = try NIOSSLCertificate(bytes: Array(pem.utf8), format: .pem)
        self.key = try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)
    }
}

/// A server that speaks TLS, and what ALPN settles within it: HTTP/2 or HTTP/1.1.
package enum SecureServer {
    /// Runs `body` with the authority of a server on a free port.
    ///
    /// - Parameters:
    ///   - protocols: that it offers, in ALPN's names (RFC 7301).
    ///   - answer: the body for the head of a request; nil for 404.
    package static func run<Result: Sendable>(
        _ identity: SelfSignedCertificate, offering protocols: [String] = ["h2", "http/1.1"],
        answer: @escaping @Sendable (HTTPRequestHead) -> [UInt8]?, body: (String) async throws -> Result
    ) async throws -> Result {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(identity.certificate)], privateKey: .privateKey(identity.key))
        configuration.applicationProtocols = protocols
        let context = try NIOSSLContext(configuration: configuration)
        let children = Mutex<[any Channel]>([])
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                children.withLock { $0.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }.flatMap {
                    channel.configureCommonHTTPServerPipeline { stream in
                        stream.eventLoop.makeCompletedFuture {
                            try stream.pipeline.syncOperations.addHandler(AnswerHandler(answer))
                        }
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        func stop() async {
            try? await server.close()
            for channel in children.withLock({ $0 }) { try? await channel.close() }
        }
        do {
            let result = try await body("127.0.0.1:\(server.localAddress?.port ?? 0)")
            await stop()
            return result
        } catch {
            await stop()
            throw error
        }
    }
}

/// Answers each request when it is whole.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (HTTPRequestHead) -> [UInt8]?
    private var head: HTTPRequestHead?

    init(_ answer: @escaping @Sendable (HTTPRequestHead) -> [UInt8]?) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            let body = answer(head)
            let fields: HTTPHeaders = ["Content-Length": "\(body?.count ?? 0)"]
            let status: HTTPResponseStatus = body == nil ? .notFound : .ok
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: status, headers: fields))),
                promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body ?? [])))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
