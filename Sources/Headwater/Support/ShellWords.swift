/// Words as a POSIX shell takes them, so that a command line in a report can be pasted and run.
enum ShellWords {
    /// `words` with blanks between them, each quoted where the shell would not take it as it is (POSIX.1 §2.2).
    static func text(_ words: some Sequence<String>) -> String {
        words.map(quoted).joined(separator: " ")
    }

    /// `word` between single quotes unless all of it is plain; a single quote itself stands outside of them.
    static func quoted(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_./:=,@%+".unicodeScalars.contains($0))
        }
        if isPlain, !word.isEmpty { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
