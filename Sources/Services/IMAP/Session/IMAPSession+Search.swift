internal import LineProtocol
internal import MailStore
internal import NIOCore

/// `SEARCH` (RFC 9051 §6.4.4) and what it returns.
extension IMAPSession {
    mutating func search(_ tag: String, _ request: SearchRequest, uid: Bool) async throws {
        guard let account, let view else { return }
        let before = saved
        // A search that fails leaves nothing behind that `$` could stand for (RFC 5182 §2.1).
        if request.results?.contains(.save) == true { saved = [] }
        if let charset = request.charset, charset != "UTF-8", charset != "US-ASCII" {
            return tagged(tag, "NO [BADCHARSET (UTF-8 US-ASCII)] Write it in UTF-8.")
        }
        let matcher = SearchMatcher(
            key: request.key, lastNumber: UInt32(view.messages.count), lastUID: view.lastUID, saved: before)
        var found: [Int] = []
        var nextCheck = NIODeadline.now() + configuration.presenceInterval
        for (index, message) in view.messages.enumerated() where !view.isGone(message.uid) {
            let candidate = SearchMatcher.Message(number: UInt32(index + 1), stored: message)
            if let isMatch = matcher.matches(candidate) {
                if isMatch { found.append(index) }
                continue
            }
            try Task.checkCancellation()
            if NIODeadline.now() >= nextCheck {
                guard await !connection.peerHasLeft() else { return bye("Nobody waits for what is found.") }
                nextCheck = NIODeadline.now() + configuration.presenceInterval
            }
            // Gone meanwhile: it cannot be found.
            guard let file = try? await account.open(message.uid, in: view.name) else { continue }
            if try await file.map({ matcher.matches(candidate, $0) }) { found.append(index) }
        }
        let numbers = found.map { uid ? view.messages[$0].uid : UInt32($0 + 1) }
        let results = request.results ?? (isRevision2 ? [.all] : nil)
        if let results {
            if results.contains(.save) {
                // What is saved is what is returned, where that is less (RFC 5182 §2.1).
                var uids = found.map { view.messages[$0].uid }
                if !results.contains(.all), !results.contains(.count) {
                    uids =
                        [results.contains(.min) ? uids.first : nil, results.contains(.max) ? uids.last : nil]
                        .compactMap { $0 } + (results == [.save] ? uids : [])
                }
                saved = NumberSet.merged(uids.map { $0...$0 })
            }
            writeESearch(tag, results, numbers, uid: uid)
        } else {
            output.text("* SEARCH")
            for number in numbers { output.text(" \(number)") }
            output.endLine()
        }
        try await tellNews(expunged: uid)
        ok(tag, "Searched.")
    }

    /// `ESEARCH` (RFC 4731 §3.1).
    private mutating func writeESearch(
        _ tag: String, _ results: Set<SearchRequest.Result>, _ numbers: [UInt32], uid: Bool
    ) {
        guard results != [.save] else { return }
        output.text("* ESEARCH (TAG ")
        output.string(tag)
        output.text(")\(uid ? " UID" : "")")
        if let first = numbers.first, let last = numbers.last {
            if results.contains(.min) { output.text(" MIN \(first)") }
            if results.contains(.max) { output.text(" MAX \(last)") }
            if results.contains(.all) { output.text(" ALL \(NumberSet.text(numbers))") }
        }
        if results.contains(.count) { output.text(" COUNT \(numbers.count)") }
        output.endLine()
    }
}
