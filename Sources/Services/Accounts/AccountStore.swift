internal import Crypto
package import Foundation
internal import GRDB
internal import Synchronization

/// An account, without its secrets.
package struct Account: Sendable, Hashable {
    package var name: AccountName
    package var created: Date
    /// When the password was last set.
    package var changed: Date
}

/// The accounts of a folder, in an SQLite database that several processes may use at once.
///
/// Of a password only ``SCRAMKeys`` are kept. Checking one takes as long for an account that does not exist, and runs on
/// threads of its own, a few at a time; who asks is never on an event loop. A password that was right once is remembered,
/// under a key that lives as long as the process, so that a client that logs in every minute does not cost that every time.
package final class AccountStore: Sendable {
    /// Rounds of PBKDF2 for new passwords: as many as clients that use Cyrus SASL (mbsync, mutt, KMail) agree to, which
    /// takes some hundredths of a second. OWASP names 600,000 for a password that only the server stretches; with SCRAM
    /// every client, telephones too, does the same work at each log-in.
    package static let defaultIterations = 65_536

    private let database: DatabasePool
    private let path: String
    private let iterations: Int
    private let decoyKey: SymmetricKey
    private let memoryKey = SymmetricKey(size: .bits256)
    private let remembered = Mutex<[AccountName: [UInt8]]>([:])
    private let deriver: PasswordThreads

    /// Opens the database `accounts.sqlite` in `folder`, and makes both, readable by the user only, where there are none.
    ///
    /// - Parameters:
    ///   - folder: where the services keep what they know.
    ///   - iterations: rounds of PBKDF2 for new passwords, 4096 or more.
    ///   - threads: passwords that are stretched at once.
    ///   - waiting: how many more may wait for that before ``AccountError/Code/busy`` is thrown.
    /// - Throws: ``AccountError`` with ``AccountError/Code/unusable``.
    package init(
        folder: String, iterations: Int = AccountStore.defaultIterations,
        threads: Int = max(1, ProcessInfo.processInfo.activeProcessorCount / 2), waiting: Int = 256
    ) throws(AccountError) {
        path = folder + "/accounts.sqlite"
        self.iterations = iterations
        deriver = PasswordThreads(count: threads, waiting: waiting)
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            // SQLite gives its other files the mode of this one.
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else {
                throw AccountError(.unusable, "cannot open \(path): \(String(cString: strerror(errno)))")
            }
            close(file)
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            database = try DatabasePool(path: path, configuration: configuration)
            decoyKey = SymmetricKey(data: try database.write(Self.prepare))
        } catch let error as AccountError {
            throw error
        } catch {
            throw Self.explain(error, path)
        }
    }

    /// Makes the tables, and gives the key that keys of unknown users are made up with.
    private static func prepare(_ database: Database) throws -> Data {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS account (
                    name TEXT PRIMARY KEY NOT NULL, salt BLOB NOT NULL, iterations INTEGER NOT NULL,
                    storedKey BLOB NOT NULL, serverKey BLOB NOT NULL, created REAL NOT NULL, changed REAL NOT NULL
                ) STRICT;
                CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT;
                """)
        try database.execute(
            sql: "INSERT OR IGNORE INTO setting VALUES ('decoyKey', ?)", arguments: [Data(Self.random(32))])
        return try Data.fetchOne(database, sql: "SELECT value FROM setting WHERE name = 'decoyKey'") ?? Data()
    }

    // MARK: Administration

    /// - Throws: ``AccountError``: `.exists`, `.badPassword`, `.unusable`.
    package func add(_ name: AccountName, password: String, now: Date = Date()) async throws {
        let keys = try await keys(of: password)
        try await write { database in
            guard try !Self.exists(name, database) else {
                throw AccountError(.exists, "there is an account \(name) already; passwd changes its password")
            }
            try database.execute(
                sql: "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    name.description, Data(keys.salt), keys.iterations, Data(keys.storedKey), Data(keys.serverKey),
                    now.timeIntervalSince1970, now.timeIntervalSince1970,
                ])
        }
    }

    /// - Throws: ``AccountError``: `.unknown`, `.badPassword`, `.unusable`.
    package func setPassword(_ name: AccountName, password: String, now: Date = Date()) async throws {
        let keys = try await keys(of: password)
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE account SET salt = ?, iterations = ?, storedKey = ?, serverKey = ?, changed = ? WHERE name = ?
                    """,
                arguments: [
                    Data(keys.salt), keys.iterations, Data(keys.storedKey), Data(keys.serverKey),
                    now.timeIntervalSince1970, name.description,
                ])
            try Self.requireChange(of: name, database)
        }
    }

    /// - Throws: ``AccountError``: `.unknown`, `.unusable`.
    package func remove(_ name: AccountName) async throws {
        try await write { database in
            try database.execute(sql: "DELETE FROM account WHERE name = ?", arguments: [name.description])
            try Self.requireChange(of: name, database)
        }
    }

    /// All accounts, by domain and user.
    package func list() async throws -> [Account] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT name, created, changed FROM account").compactMap { row in
                AccountName(row["name"] as String).map {
                    Account(
                        name: $0, created: Date(timeIntervalSince1970: row["created"]),
                        changed: Date(timeIntervalSince1970: row["changed"]))
                }
            }
        }.sorted { $0.name < $1.name }
    }

    package func contains(_ name: AccountName) async throws -> Bool {
        try await read { try Self.exists(name, $0) }
    }

    // MARK: Log-in

    /// The account that `user` names, if `password` is its.
    ///
    /// - Throws: ``AccountError``: `.busy`, `.unusable`.
    package func verify(user: String, password: String) async throws -> AccountName? {
        let (keys, account) = try await keys(forUser: user)
        let prepared = PreparedText.prepare(password)
        let password = prepared ?? "?"
        let memory = account.map { name in
            SCRAMKeys.hmac(memoryKey, "\(name)\0\(Data(keys.storedKey).base64EncodedString())\0\(password)")
        }
        if let account, let memory, prepared != nil,
            remembered.withLock({ SCRAMKeys.isEqual($0[account] ?? [], memory) })
        {
            return account
        }
        let isRight = try await deriver.run { try keys.matches(password) }
        guard isRight, prepared != nil, let account, let memory else { return nil }
        remembered.withLock { remembered in
            if remembered.count >= 10_000 { remembered.removeAll() }
            remembered[account] = memory
        }
        return account
    }

    /// Keys for SCRAM. A user who does not exist gets keys that look like others and are the same every time.
    ///
    /// - Throws: ``AccountError``: `.unusable`.
    package func keys(forUser user: String) async throws -> (keys: SCRAMKeys, account: AccountName?) {
        let name = AccountName(user)
        if let name, let keys = try await read({ try Self.keys(of: name, $0) }) { return (keys, name) }
        let decoy = SCRAMKeys.hmac(decoyKey, name?.description ?? user.lowercased())
        return (
            SCRAMKeys(
                salt: Array(decoy.prefix(Self.saltLength)), iterations: iterations,
                storedKey: SCRAMKeys.hmac(decoyKey, "stored \(decoy)"),
                serverKey: SCRAMKeys.hmac(decoyKey, "server \(decoy)")), nil
        )
    }

    /// Takes a peer's message into a SASL exchange and does what the exchange asks for, until it is the peer's turn again.
    ///
    /// - Returns: a challenge, success, or failure.
    /// - Throws: ``AccountError``: `.busy`, `.unusable`.
    package func advance(_ exchange: inout SASLServer, with message: [UInt8]?) async throws -> SASLServer.Step {
        switch exchange.receive(message) {
        case .checkPassword(let user, let password):
            exchange.checked(try await verify(user: user, password: password))
        case .findKeys(let user): exchange.found(try await keys(forUser: user))
        case let step: step
        }
    }

    // MARK: Below

    private static let saltLength = 16

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    private func keys(of password: String) async throws -> SCRAMKeys {
        guard let prepared = PreparedText.prepare(password) else {
            throw AccountError(
                .badPassword,
                "this cannot be a password: it has 1 to \(PreparedText.maximumLength) octets, no control characters")
        }
        return try await deriver.run { [iterations] in
            try SCRAMKeys(password: prepared, salt: Self.random(Self.saltLength), iterations: iterations)
        }
    }

    private static func exists(_ name: AccountName, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM account WHERE name = ?)", arguments: [name.description])
            ?? false
    }

    private static func keys(of name: AccountName, _ database: Database) throws -> SCRAMKeys? {
        try Row.fetchOne(
            database, sql: "SELECT salt, iterations, storedKey, serverKey FROM account WHERE name = ?",
            arguments: [name.description]
        ).map { row in
            SCRAMKeys(
                salt: Array(row["salt"] as Data), iterations: row["iterations"],
                storedKey: Array(row["storedKey"] as Data),
                serverKey: Array(row["serverKey"] as Data))
        }
    }

    private static func requireChange(of name: AccountName, _ database: Database) throws {
        guard database.changesCount > 0 else {
            throw AccountError(.unknown, "there is no account \(name)")
        }
    }

    private func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.read(body)
        } catch let error as DatabaseError {
            throw Self.explain(error, path)
        }
    }

    private func write(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        do {
            try await database.write(body)
        } catch let error as DatabaseError {
            throw Self.explain(error, path)
        }
    }

    private static func explain(_ error: any Error, _ path: String) -> AccountError {
        let reason = (error as? DatabaseError)?.message ?? (error as NSError).localizedDescription
        return AccountError(.unusable, "cannot use the accounts in \(path): \(reason)")
    }
}
