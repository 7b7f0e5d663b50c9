internal import Crypto
internal import Foundation

/// The server's messages of SCRAM-SHA-256 (RFC 5802 §7, RFC 7677), without channel binding.
struct SCRAMServer: Sendable {
    let user: String
    let authorization: String
    private let header: String
    private let clientFirstBare: String
    private let nonce: String

    enum Check: Equatable {
        case malformed
        case wrong
        case right(serverFinal: String)
    }

    /// Nil when the message breaks the grammar or wants channel binding or an extension.
    init?(clientFirst: String, nonce serverNonce: String) {
        let parts = clientFirst.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        // `y`: the client could bind channels and thinks that this server cannot. It is right.
        guard parts.count == 3, parts[0] == "n" || parts[0] == "y" else { return nil }
        if parts[1].isEmpty {
            authorization = ""
        } else {
            guard parts[1].hasPrefix("a="), let name = SCRAMText.decode(parts[1].dropFirst(2)) else { return nil }
            authorization = name
        }
        let attributes = parts[2].split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 2, attributes[0].hasPrefix("n="), attributes[1].hasPrefix("r="),
            let name = SCRAMText.decode(attributes[0].dropFirst(2)), let user = PreparedText.prepare(name),
            SCRAMText.isNonce(attributes[1].dropFirst(2))
        else { return nil }
        self.user = user
        header = "\(parts[0]),\(parts[1]),"
        clientFirstBare = String(parts[2])
        nonce = attributes[1].dropFirst(2) + serverNonce
    }

    func serverFirst(_ keys: SCRAMKeys) -> String {
        "r=\(nonce),s=\(Data(keys.salt).base64EncodedString()),i=\(keys.iterations)"
    }

    func check(clientFinal: String, keys: SCRAMKeys) -> Check {
        guard let separator = clientFinal.range(of: ",p=", options: .backwards),
            let proof = Data(base64Encoded: String(clientFinal[separator.upperBound...]))
        else { return .malformed }
        let withoutProof = clientFinal[..<separator.lowerBound]
        let attributes = withoutProof.split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 2, attributes[0] == "c=" + Data(header.utf8).base64EncodedString(),
            attributes[1] == "r=" + nonce, proof.count == SHA256.byteCount
        else { return .malformed }
        let message = "\(clientFirstBare),\(serverFirst(keys)),\(withoutProof)"
        let signature = SCRAMKeys.hmac(SymmetricKey(data: keys.storedKey), message)
        let clientKey = zip(signature, proof).map { $0 ^ $1 }
        guard SCRAMKeys.isEqual(Array(SHA256.hash(data: clientKey)), keys.storedKey) else { return .wrong }
        let serverSignature = SCRAMKeys.hmac(SymmetricKey(data: keys.serverKey), message)
        return .right(serverFinal: "v=" + Data(serverSignature).base64EncodedString())
    }
}

/// Pieces of SCRAM's grammar.
enum SCRAMText {
    /// A name with `,` and `=` written as RFC 5802 §5.1 has it.
    static func encode(_ name: String) -> String {
        name.replacing("=", with: "=3D").replacing(",", with: "=2C")
    }

    /// Nil when an equals sign stands for nothing.
    static func decode(_ text: Substring) -> String? {
        let bare = text.replacing("=3D", with: "").replacing("=2C", with: "")
        guard !bare.contains("=") else { return nil }
        return String(text.replacing("=2C", with: ",").replacing("=3D", with: "="))
    }

    /// Printable ASCII without commas.
    static func isNonce(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= 512
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
    }
}
