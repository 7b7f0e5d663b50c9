import Foundation
import MailStore
import Subprocess
import SystemPackage
import Testing

/// What a store must hold after a process that changed it was killed, by what the process said.
private struct Ledger {
    typealias Places = [String: Int]

    private enum Change {
        case add(String)
        case move(from: String, to: String)
        case remove(String)
    }

    /// How many copies each mailbox has of a message.
    private var certain: [String: Places] = [:]
    /// What had begun with a message and was not acknowledged.
    private var pending: [String: Change] = [:]
    /// Whose a UID is, or was: by mailbox, validity and UID.
    private var owners: [String: String] = [:]
    private var highest: [String: UInt32] = [:]
    private(set) var problems: [String] = []
    private(set) var acknowledged = 0

    mutating func take(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 4 else {
            problems.append("said: \(line)")
            return
        }
        let id = words[2]
        let change: Change =
            switch words[1] {
            case "append", "deliver": .add(words[3])
            case "copy": .add(words[4])
            case "move": .move(from: words[3], to: words[4])
            default: .remove(words[3])
            }
        guard words[0] == "done" else {
            pending[id] = change
            return
        }
        acknowledged += 1
        pending[id] = nil
        certain[id] = Self.outcomes(certain[id] ?? [:], change)[1]
        if ["append", "copy", "move"].contains(words[1]), let uid = UInt32(words[words.count - 1]) {
            let mailbox = words[words.count - 3]
            note(id, "\(mailbox) \(words[words.count - 2])", uid)
        }
    }

    /// What may be there: nothing done, all done, and for a move, whose copy comes first, both copies. Never none.
    private static func outcomes(_ places: Places, _ change: Change) -> [Places] {
        func changed(_ steps: [(String, Int)]) -> Places {
            steps.reduce(into: places) { $0[$1.0, default: 0] += $1.1 }.filter { $0.value != 0 }
        }
        switch change {
        case .add(let mailbox): return [places, changed([(mailbox, 1)])]
        case .move(let source, let target):
            return [places, changed([(source, -1), (target, 1)]), changed([(target, 1)])]
        case .remove(let mailbox): return [places, changed([(mailbox, -1)])]
        }
    }

    private mutating func note(_ id: String, _ mailbox: String, _ uid: UInt32) {
        let key = "\(mailbox) \(uid)"
        if let owner = owners[key], owner != id { problems.append("UID \(key) was \(owner)'s and is \(id)'s") }
        owners[key] = id
        highest[mailbox] = max(highest[mailbox] ?? 0, uid)
    }

    /// Compares with what is there.
    mutating func check(_ found: [(mailbox: String, snapshot: MailboxSnapshot, texts: [String])]) {
        var places: [String: Places] = [:]
        for (mailbox, snapshot, texts) in found {
            let name = "\(mailbox) \(snapshot.uidValidity)"
            if snapshot.uidNext <= highest[name] ?? 0 { problems.append("\(name) would give a UID again") }
            for (message, text) in zip(snapshot.messages, texts) {
                let id = String(text.prefix { $0 != "\r\n" }.dropFirst("Subject: ".count))
                if text != "Subject: \(id)\r\n\r\n" + String(repeating: "line of \(id)\r\n", count: 300) {
                    problems.append("half a message is visible: \(text.prefix(40)), \(text.utf8.count) octets")
                }
                places[id, default: [:]][mailbox, default: 0] += 1
                note(id, name, message.uid)
            }
        }
        for id in Set(places.keys).union(certain.keys).union(pending.keys) {
            let (is_, was) = (places[id] ?? [:], certain[id] ?? [:])
            let allowed = pending[id].map { Self.outcomes(was, $0) } ?? [was]
            if !allowed.contains(is_) { problems.append("\(id) should be in one of \(allowed) and is in \(is_)") }
        }
        (certain, pending) = (places, [:])
    }
}

@Suite("Mailboxes of processes that are killed")
struct MailStoreKillTests {
    /// Runs the child until it has acknowledged so much, and kills it with SIGKILL: all that it said.
    private func killed(after count: Int, in root: String, run number: Int) async throws -> [String] {
        let child = try #require(TestStore.child)
        return try await run(
            .path(FilePath(child)), arguments: [root, "\(number)"], input: .none, output: .sequence,
            error: .currentStandardError
        ) { execution in
            var said: [String] = []
            var acknowledged = 0
            for try await line in execution.standardOutput.strings() {
                said.append(line.trimmingCharacters(in: .newlines))
                if line.hasPrefix("done") { acknowledged += 1 }
                // What is in the pipe still counts; more than one signal does no harm.
                if acknowledged >= count { try? execution.send(signal: .kill) }
            }
            return said
        }.closureResult
    }

    @Test("What was acknowledged is there, what was not is there whole or not at all, and no UID comes twice")
    func kills() async throws {
        let test = TestStore()
        var ledger = Ledger()
        for number in 0..<25 {
            for line in try await killed(after: .random(in: 1...40), in: test.root, run: number) { ledger.take(line) }
            // As the next process finds it.
            let account = try await test.another().account(TestStore.ann)
            var found: [(mailbox: String, snapshot: MailboxSnapshot, texts: [String])] = []
            for mailbox in ["INBOX", "Archive"] {
                let snapshot = try await account.snapshot(of: mailbox)
                found.append((mailbox, snapshot, try await account.texts(mailbox)))
                let folder = mailbox == "INBOX" ? "" : ".Archive/"
                #expect(
                    snapshot.messages.count == test.files(folder + "new").count + test.files(folder + "cur").count,
                    "the index has what the folders have")
                #expect(try await account.status(of: mailbox).messages == snapshot.messages.count)
            }
            ledger.check(found)
            #expect(ledger.problems == [], "after kill \(number)")
            if !ledger.problems.isEmpty { return }
        }
        #expect(ledger.acknowledged > 100)
    }
}
