/// Paragraphs that were broken into lines for those who cannot do it themselves (RFC 3676): put together again.
enum FlowedText {
    /// - Parameters:
    ///   - text: lines that end with LF.
    ///   - deletesSpace: whether the space that says that a line goes on is none of the text (`DelSp=yes`).
    /// - Returns: a line for each paragraph. Quoted ones have their depth in `>` and a space before them, and stuffing is
    ///   taken out, but for the space that keeps a line of the writer's own from looking quoted.
    static func unflow(_ text: String, deletesSpace: Bool) -> String {
        var text = text
        return text.withUTF8 { octets in
            var reader = Reader(octets: octets, deletesSpace: deletesSpace)
            return reader.read()
        }
    }

    private struct Reader {
        let octets: UnsafeBufferPointer<UInt8>
        let deletesSpace: Bool
        private var result: [UInt8] = []
        /// How deep the paragraph is quoted whose last line is not yet there; nil when none is open.
        private var open: Int?

        init(octets: UnsafeBufferPointer<UInt8>, deletesSpace: Bool) {
            self.octets = octets
            self.deletesSpace = deletesSpace
            result.reserveCapacity(octets.count)
        }

        mutating func read() -> String {
            var position = 0
            while position < octets.count {
                let line = Lines.next(octets, from: position, to: octets.count)
                take(position..<line.content)
                // A text need not end with a line's end.
                if line.next == line.content, open == nil { result.removeLast() }
                position = line.next
            }
            if open != nil { close(octets.last == 0x0A) }
            return String(decoding: result, as: UTF8.self)
        }

        private mutating func take(_ line: Range<Int>) {
            var start = line.lowerBound
            while start < line.upperBound, octets[start] == UInt8(ascii: ">") { start += 1 }
            let depth = start - line.lowerBound
            if start < line.upperBound, octets[start] == 0x20 { start += 1 }
            let content = octets[start..<line.upperBound]
            // What another writer said is another paragraph, and so is what follows an empty line or a signature's start
            // (§4.3, §4.5).
            let isSignature = content.elementsEqual("-- ".utf8)
            if let open, open != depth || isSignature || content.isEmpty { close(true) }
            if open == nil { begin(depth, content) }
            result += content
            guard content.last == 0x20, !isSignature else {
                result.append(0x0A)
                open = nil
                return
            }
            if deletesSpace { result.removeLast() }
            open = depth
        }

        private mutating func begin(_ depth: Int, _ content: Slice<UnsafeBufferPointer<UInt8>>) {
            result += repeatElement(UInt8(ascii: ">"), count: depth)
            let looksQuoted = content.first == UInt8(ascii: ">")
            if depth > 0 ? !content.isEmpty : looksQuoted { result.append(0x20) }
        }

        /// Ends a paragraph whose last line should have gone on.
        private mutating func close(_ endsLine: Bool) {
            while result.last == 0x20 { result.removeLast() }
            if endsLine { result.append(0x0A) }
            open = nil
        }
    }
}
