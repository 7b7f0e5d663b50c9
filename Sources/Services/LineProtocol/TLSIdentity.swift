internal import Crypto
internal import Foundation
package import NIOCore
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// A server's certificate and private key.
package struct TLSIdentity: Sendable {
    let context: NIOSSLContext

    /// Reads both from PEM files; the certificate's file goes on with those of intermediate authorities.
    ///
    /// - Throws: ``TLSIdentityError`` when one cannot be read or they do not belong together.
    package init(certificateFile: String, keyFile: String) throws(TLSIdentityError) {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMFile(certificateFile)
        } catch {
            throw TLSIdentityError(description: "cannot read a certificate (PEM) from \(certificateFile)")
        }
        guard !certificates.isEmpty else {
            throw TLSIdentityError(description: "\(certificateFile) holds no certificate")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        } catch {
            throw TLSIdentityError(description: "cannot read a private key (PEM, no passphrase) from \(keyFile)")
        }
        do {
            context = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key)))
        } catch {
            throw TLSIdentityError(
                description: "the key in \(keyFile) does not belong to the certificate in \(certificateFile)")
        }
    }

    /// A certificate that vouches for itself, from `certificate.pem` and `key.pem` in `folder`. Where there is none it is
    /// made, for ten years, and kept; only the user may read the key. Clients that are to trust it are given
    /// `certificate.pem` as an authority.
    ///
    /// - Parameters:
    ///   - folder: made when needed, but not the folders above it.
    ///   - names: host names that a new certificate is for, besides `localhost` and the loopback addresses.
    /// - Throws: ``TLSIdentityError``.
    package static func selfSigned(in folder: String, names: [String]) throws(TLSIdentityError) -> TLSIdentity {
        let certificate = folder + "/certificate.pem"
        if !FileManager.default.fileExists(atPath: certificate) { try make(in: folder, names: names) }
        return try TLSIdentity(certificateFile: certificate, keyFile: folder + "/key.pem")
    }

    /// Makes a server's connection begin with TLS. Only on its event loop, before anything is read.
    ///
    /// - Throws: when the pipeline is gone.
    package func addHandler(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context), position: .first)
    }

    /// Writes both files to a folder of another name, which then gets its own: there never is one without the other, and
    /// of two processes that do this at once both end up with the files of one.
    private static func make(in folder: String, names: [String]) throws(TLSIdentityError) {
        let temporary = folder + ".\(UInt64.random(in: 0...UInt64.max))"
        do {
            let (certificate, key) = try selfSigned(names: names)
            try FileManager.default.createDirectory(
                atPath: temporary, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            try write(certificate, to: temporary + "/certificate.pem", mode: 0o644)
            try write(key, to: temporary + "/key.pem", mode: 0o600)
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw TLSIdentityError(description: "cannot make a certificate in \(folder): \(Self.reason(error))")
        }
        if rename(temporary, folder) != 0 {
            let code = errno
            try? FileManager.default.removeItem(atPath: temporary)
            if code != ENOTEMPTY, code != EEXIST {
                throw TLSIdentityError(
                    description: "cannot make a certificate in \(folder): \(String(cString: strerror(code)))")
            }
        }
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw IOError(errnoCode: errno, reason: "open") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.synchronize()
        try handle.close()
    }

    private static func reason(_ error: any Error) -> String {
        (error as? IOError).map { String(cString: strerror($0.errnoCode)) }
            ?? (error as NSError).localizedDescription
    }

    private static func selfSigned(names: [String]) throws -> (certificate: String, key: String) {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName(names.first ?? "localhost") }
        var subjects: [GeneralName] = []
        for host in names + ["localhost"] where !subjects.contains(.dnsName(host)) { subjects.append(.dnsName(host)) }
        subjects.append(.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])))
        subjects.append(.ipAddress(ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])))
        let now = Date()
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now.addingTimeInterval(-3600), notValidAfter: now.addingTimeInterval(10 * 365 * 86_400),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames(subjects)
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
        return (try certificate.serializeAsPEM().pemString + "\n", key.pemRepresentation + "\n")
    }
}

/// A certificate or its key cannot be used.
package struct TLSIdentityError: Error, Sendable, CustomStringConvertible {
    /// Which file, and why: one line.
    package var description: String
}
