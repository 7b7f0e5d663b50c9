internal import Crypto
internal import CryptoExtras
internal import Foundation

/// What a server keeps of a password (RFC 5802 §3): enough to check it and to prove that it knows it, but not to log in
/// with elsewhere.
package struct SCRAMKeys: Sendable, Hashable {
    package var salt: [UInt8]
    /// Rounds of PBKDF2.
    package var iterations: Int
    package var storedKey: [UInt8]
    package var serverKey: [UInt8]

    package init(salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8]) {
        self.salt = salt
        self.iterations = iterations
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// Derives them; blocks the calling thread for as long as that is meant to take.
    ///
    /// - Parameters:
    ///   - password: prepared.
    ///   - salt: random octets, 16 or more.
    ///   - iterations: 4096 or more (RFC 7677 §4).
    init(password: String, salt: [UInt8], iterations: Int) throws {
        self.init(
            saltedPassword: try Self.saltedPassword(password, salt: salt, iterations: iterations), salt: salt,
            iterations: iterations)
    }

    init(saltedPassword: SymmetricKey, salt: [UInt8], iterations: Int) {
        self.init(
            salt: salt, iterations: iterations,
            storedKey: Array(SHA256.hash(data: Self.clientKey(saltedPassword))),
            serverKey: Self.hmac(saltedPassword, "Server Key"))
    }

    /// PBKDF2 with HMAC-SHA-256, 32 octets: RFC 5802's `Hi`.
    static func saltedPassword(_ password: String, salt: [UInt8], iterations: Int) throws -> SymmetricKey {
        try KDF.Insecure.PBKDF2.deriveKey(
            from: Array(password.utf8), salt: salt, using: .sha256, outputByteCount: 32,
            unsafeUncheckedRounds: iterations)
    }

    static func clientKey(_ saltedPassword: SymmetricKey) -> [UInt8] { hmac(saltedPassword, "Client Key") }

    static func hmac(_ key: SymmetricKey, _ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// Whether `password` (prepared) is the one that these were made of. As slow as making them, and equally slow for
    /// every password.
    func matches(_ password: String) throws -> Bool {
        let other = try SCRAMKeys(password: password, salt: salt, iterations: iterations)
        return Self.isEqual(other.storedKey, storedKey)
    }

    /// Compares without telling by its duration where the first difference is.
    static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
