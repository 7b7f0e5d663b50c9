/// Lines of text that grow word by word, white space between them as HTML means it.
struct TextLines: Sendable {
    private var octets: [UInt8] = []
    /// Line ends that stand between what there is and what comes.
    private var ends = 0
    private var hasGap = false
    /// Whether something stands on the line that begins or goes on.
    private var isAtStart = true
    /// What was begun is a list's item, whose text has not come yet.
    private var hasMark = false

    /// How deep in quotations the next line is.
    var quotation = 0
    /// How deep the last one was.
    private var lastQuotation = 0
    private static let deepestQuotation = 10
    /// Whether white space counts.
    var isPreformatted = false

    /// Octets so far.
    var count: Int { octets.count }

    /// What was written since there were `start` octets, without white space around it.
    func text(from start: Int) -> String {
        var text = octets[min(start, octets.count)...]
        while let first = text.first, HTMLScanner.isBlank(first) { text.removeFirst() }
        return String(decoding: text, as: UTF8.self)
    }

    mutating func append(_ octet: UInt8) {
        if HTMLScanner.isBlank(octet) {
            guard isPreformatted else {
                hasGap = true
                return
            }
            if octet == 0x0A { return breakLine() }
            if octet == 0x0D { return }
        }
        beginIfNeeded()
        octets.append(octet)
    }

    /// Text in which white space stands for itself only.
    mutating func append(_ text: String) {
        if text.utf8.first == 0x20 { hasGap = true }
        for octet in text.utf8 {
            if octet == 0x0A || octet == 0x0D || octet == 0x09 {
                hasGap = true
            } else if octet != 0x20 || !hasGap {
                beginIfNeeded()
                octets.append(octet)
            }
        }
    }

    /// A line that begins with a mark.
    mutating func begin(_ mark: String) {
        end(blank: false)
        beginIfNeeded()
        octets += Array(mark.utf8)
        hasMark = true
    }

    /// A cell of a table.
    mutating func separate() {
        guard !isAtStart, ends == 0 else { return }
        octets += [0x20, 0x20]
        hasGap = false
    }

    /// Ends the line, if it has something, and has a blank one follow if wanted.
    mutating func end(blank: Bool) {
        // A paragraph within an item begins on the item's line.
        if hasMark { return }
        hasGap = false
        guard !octets.isEmpty else { return }
        if !isAtStart || ends == 0 { ends = max(ends, 1) }
        if blank { ends = max(ends, 2) }
        isAtStart = true
    }

    /// Ends the line, empty or not.
    mutating func breakLine() {
        hasMark = false
        hasGap = false
        guard !octets.isEmpty else { return }
        ends = min(ends + 1, isPreformatted ? 100 : 3)
        isAtStart = true
    }

    func finish() -> String {
        var text = octets[...]
        while let last = text.last, HTMLScanner.isBlank(last) { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func beginIfNeeded() {
        hasMark = false
        if ends > 0 || octets.isEmpty {
            let depth = min(quotation, Self.deepestQuotation)
            let blank = [UInt8](repeating: UInt8(ascii: ">"), count: min(depth, lastQuotation))
            for remaining in stride(from: ends, to: 0, by: -1) {
                while octets.last == 0x20 { octets.removeLast() }
                octets.append(0x0A)
                if remaining > 1 { octets += blank }
            }
            if depth > 0 { octets += [UInt8](repeating: UInt8(ascii: ">"), count: depth) + [0x20] }
            lastQuotation = depth
        } else if hasGap, !isAtStart {
            octets.append(0x20)
        }
        (ends, hasGap, isAtStart) = (0, false, false)
    }
}
