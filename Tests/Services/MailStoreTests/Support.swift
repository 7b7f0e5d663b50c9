import Accounts
import Foundation
import MailStore
import NIOCore

/// A store in a folder of its own, which goes when it does.
final class TestStore: Sendable {
    let root = FileManager.default.temporaryDirectory.path + "/mail.\(UUID().uuidString)"
    let store: MailStore

    init() { store = MailStore(root: root) }
    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Another store of the same folder, as another process would have.
    func another() -> MailStore { MailStore(root: root) }

    static let ann = AccountName("ann@example.test")!
    static let bob = AccountName("bob@example.test")!

    /// What tests kill: the executable that the build put beside them.
    static let child: String? = {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        while folder.path() != "/" {
            let candidate = folder.appending(component: "MailStoreChild").path(percentEncoded: false)
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    func account(_ name: AccountName = ann) async throws -> MailAccount { try await store.account(name) }

    func message(_ text: String) async throws -> SpooledMessage {
        let spool = try await store.spool()
        try await spool.write(ByteBuffer(string: text))
        return spool
    }

    func deliver(_ texts: String..., to recipients: [AccountName] = [ann]) async throws {
        for text in texts { try await store.deliver(try await message(text), to: recipients) }
    }

    /// Where an account's folders are.
    func folder(_ name: AccountName = ann) -> String { "\(root)/\(name.domain)/\(name.user)" }

    func files(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: self.folder() + "/" + folder)) ?? []).sorted()
    }
}

extension MailAccount {
    func texts(_ mailbox: String = "INBOX") async throws -> [String] {
        var texts: [String] = []
        for message in try await snapshot(of: mailbox).messages {
            texts.append(String(buffer: try await open(message.uid, in: mailbox).read(0..<Int.max)))
        }
        return texts
    }
}
