internal import Accounts
internal import Crypto
internal import Foundation
internal import MailStore

/// What the server remembers of somebody who has logged in.
struct Session: Sendable {
    let account: AccountName
    let mail: MailAccount
    /// What forms have to bring back: only pages of this server know it.
    let token: String
    /// What URLs of pictures have in them: the frame that shows a message gets no cookies.
    let pictureKey: String
    /// The account's key when the session began: another one means another password.
    let storedKey: [UInt8]
    let began: ContinuousClock.Instant
    var used: ContinuousClock.Instant
    /// What the next page says of the last form.
    var notice: Notice?
    /// Messages that were written in it.
    var forms = TakenForms()

    struct Notice: Sendable, Hashable {
        var text: String
        var isWarning = false
    }
}

/// The sessions of a server, in memory.
///
/// HTTP forgets between two requests; a cookie with a random number brings a request to its session. Sessions are found by
/// the hash of that number, so that neither comparing nor a look into memory tells a number that is valid.
struct SessionTable: Sendable {
    /// How long a session lasts without being used, and at all.
    static let idleTime = Duration.seconds(30 * 60)
    static let lifetime = Duration.seconds(12 * 3600)
    /// Sessions in all, and of one account; the one that was used least recently makes room.
    static let capacity = 1000
    static let perAccount = 20

    private var sessions: [SHA256Digest: Session] = [:]
    private var pictureKeys: [SHA256Digest: SHA256Digest] = [:]
    /// Mailboxes of sessions that are over. To close them takes a moment, which nobody should wait for.
    private var released: [MailAccount] = []

    var count: Int { sessions.count }

    /// Begins a session under a new number.
    ///
    /// - Returns: the number: what the cookie holds.
    mutating func begin(
        _ account: AccountName, mail: MailAccount, storedKey: [UInt8], now: ContinuousClock.Instant
    ) -> String {
        for key in Array(sessions.keys) { _ = live(key, now) }
        let own = sessions.filter { $0.value.account == account }
        if own.count >= Self.perAccount, let oldest = own.min(by: { $0.value.used < $1.value.used }) {
            remove(oldest.key)
        }
        if sessions.count >= Self.capacity, let oldest = sessions.min(by: { $0.value.used < $1.value.used }) {
            remove(oldest.key)
        }
        let number = SecretText.random()
        let session = Session(
            account: account, mail: mail, token: SecretText.random(), pictureKey: SecretText.random(),
            storedKey: storedKey, began: now, used: now)
        let key = Self.hash(number)
        sessions[key] = session
        pictureKeys[Self.hash(session.pictureKey)] = key
        return number
    }

    /// The session of a number, and notes that it is used.
    mutating func session(_ number: String, now: ContinuousClock.Instant) -> Session? {
        let key = Self.hash(number)
        guard let session = live(key, now) else { return nil }
        sessions[key]?.used = now
        return session
    }

    /// The session of a picture's URL; that does not count as use.
    mutating func session(pictureKey: String, now: ContinuousClock.Instant) -> Session? {
        pictureKeys[Self.hash(pictureKey)].flatMap { live($0, now) }
    }

    /// Leaves word for the next page.
    mutating func leave(_ notice: Session.Notice, for number: String) { sessions[Self.hash(number)]?.notice = notice }

    /// What was left for this page.
    mutating func takeNotice(_ number: String) -> Session.Notice? {
        let key = Self.hash(number)
        defer { sessions[key]?.notice = nil }
        return sessions[key]?.notice
    }

    /// Looks for what became of a form, or notes that it is being seen to; nil where the session is over.
    mutating func withForms<Result>(of number: String, _ body: (inout TakenForms) -> Result) -> Result? {
        let key = Self.hash(number)
        guard sessions[key] != nil else { return nil }
        return body(&sessions[key]!.forms)
    }

    /// Whether the next page has something to say.
    func hasNotice(_ number: String) -> Bool { sessions[Self.hash(number)]?.notice != nil }

    mutating func end(_ number: String) { remove(Self.hash(number)) }

    /// Forgets what is over.
    ///
    /// - Returns: mailboxes that nobody looks at now, so that they may rest.
    mutating func expire(now: ContinuousClock.Instant) -> [MailAccount] {
        for key in Array(sessions.keys) { _ = live(key, now) }
        defer { released = [] }
        return released + sessions.values.filter { now - $0.used > .seconds(120) }.map(\.mail)
    }

    private mutating func live(_ key: SHA256Digest, _ now: ContinuousClock.Instant) -> Session? {
        guard let session = sessions[key] else { return nil }
        if now - session.used < Self.idleTime, now - session.began < Self.lifetime { return session }
        remove(key)
        return nil
    }

    private mutating func remove(_ key: SHA256Digest) {
        guard let session = sessions.removeValue(forKey: key) else { return }
        pictureKeys[Self.hash(session.pictureKey)] = nil
        released.append(session.mail)
    }

    private static func hash(_ text: String) -> SHA256Digest { SHA256.hash(data: Array(text.utf8)) }
}

/// Random text that nobody can guess.
enum SecretText {
    /// 256 random bits in 43 characters that may stand in cookies, URLs and forms.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let octets = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return text(octets)
    }

    static func text(_ octets: some Sequence<UInt8>) -> String {
        Data(octets).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Compares without telling by its duration where the first difference is.
    static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
