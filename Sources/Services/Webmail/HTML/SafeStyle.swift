internal import Foundation

/// What of the styles in messages is let through: properties that change how text looks and where boxes lie within the
/// message, with values that name nothing outside of it (no `url()`, no functions but those of colours and lengths).
enum SafeStyle {
    /// Octets of a style sheet that are read, and rules that are kept.
    static let maximumSheet = 256 << 10
    static let maximumRules = 4000
    /// Octets of an element's own style that are read.
    static let maximumDeclarations = 16 << 10

    static let properties: Set<String> = [
        "background", "background-color", "border", "border-bottom", "border-bottom-color", "border-bottom-left-radius",
        "border-bottom-right-radius", "border-bottom-style", "border-bottom-width", "border-collapse", "border-color",
        "border-left", "border-left-color", "border-left-style", "border-left-width", "border-radius", "border-right",
        "border-right-color", "border-right-style", "border-right-width", "border-spacing", "border-style",
        "border-top",
        "border-top-color", "border-top-left-radius", "border-top-right-radius", "border-top-style", "border-top-width",
        "border-width", "box-sizing", "caption-side", "clear", "color", "direction", "display", "empty-cells", "float",
        "font", "font-family", "font-size", "font-stretch", "font-style", "font-variant", "font-weight", "height",
        "hyphens", "letter-spacing", "line-height", "list-style", "list-style-position", "list-style-type", "margin",
        "margin-bottom", "margin-left", "margin-right", "margin-top", "max-height", "max-width", "min-height",
        "min-width", "opacity", "overflow", "overflow-wrap", "overflow-x", "overflow-y", "padding", "padding-bottom",
        "padding-left", "padding-right", "padding-top", "table-layout", "text-align", "text-decoration",
        "text-decoration-color", "text-decoration-line", "text-decoration-style", "text-indent", "text-overflow",
        "text-transform", "vertical-align", "visibility", "white-space", "width", "word-break", "word-spacing",
        "word-wrap",
    ]
    static let functions: Set<String> = ["calc", "hsl", "hsla", "max", "min", "rgb", "rgba"]

    /// The declarations of a `style` attribute; empty when none is let through.
    static func declarations(_ text: String) -> String {
        guard text.utf8.count <= maximumDeclarations, let text = withoutComments(text) else { return "" }
        return declarations(text[...])
    }

    /// The rules of a `style` element: those of styles and of `@media`, which may hold the former.
    ///
    /// - Returns: text without `<`, which nothing in a `style` element could end.
    static func sheet(_ text: String) -> String {
        let text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(maximumSheet)))
            .replacing("<!--", with: " ").replacing("-->", with: " ")
        guard let text = withoutComments(text) else { return "" }
        var rest = text.unicodeScalars[...]
        var count = 0
        return rules(&rest, isNested: false, count: &count)
    }

    // MARK: Rules

    private static func rules(_ rest: inout Substring.UnicodeScalarView, isNested: Bool, count: inout Int) -> String {
        var result = ""
        while true {
            rest = rest.drop { $0.properties.isWhitespace || $0 == ";" }
            guard let first = rest.first, count < maximumRules else { break }
            if first == "}" {
                rest.removeFirst()
                if isNested { break }
                continue
            }
            count += 1
            let prelude = String(Substring(rest.prefix { $0 != "{" && $0 != ";" && $0 != "}" }))
                .trimmingCharacters(in: .whitespacesAndNewlines)
            rest = rest.drop { $0 != "{" && $0 != ";" && $0 != "}" }
            guard rest.first == "{" else { continue }
            rest.removeFirst()
            if first == "@" {
                if !isNested, prelude.lowercased().hasPrefix("@media"), isSafe(prelude.dropFirst(), besides: " ():,.-")
                {
                    let inner = rules(&rest, isNested: true, count: &count)
                    if !inner.isEmpty { result += "\(prelude){\(inner)}" }
                } else {
                    skipBlock(&rest)
                }
                continue
            }
            let body = Substring(rest.prefix { $0 != "}" })
            rest = rest.drop { $0 != "}" }
            if !rest.isEmpty { rest.removeFirst() }
            let declarations = declarations(body)
            if !declarations.isEmpty, isSelector(prelude) {
                result += "\(prelude){\(declarations)}"
            }
        }
        return result
    }

    private static func isSelector(_ text: String) -> Bool {
        !text.isEmpty && isSafe(text[...], besides: " \t\r\n.#,>+~:*_-[]=\"'()^$|") && isBalanced(text)
    }

    /// Whether quotation marks and brackets end in a selector that begin there: what follows is what it seems to be.
    private static func isBalanced(_ selector: String) -> Bool {
        var open: [Unicode.Scalar] = []
        var quote: Unicode.Scalar?
        for scalar in selector.unicodeScalars {
            if let mark = quote {
                guard scalar != "\n", scalar != "\r" else { return false }
                if scalar == mark { quote = nil }
                continue
            }
            switch scalar {
            case "\"", "'": quote = scalar
            case "(", "[": open.append(scalar)
            case ")": guard open.popLast() == "(" else { return false }
            case "]": guard open.popLast() == "[" else { return false }
            default: break
            }
        }
        return quote == nil && open.isEmpty
    }

    /// Goes behind the bracket that ends a block, whatever blocks are in it.
    private static func skipBlock(_ rest: inout Substring.UnicodeScalarView) {
        var depth = 1
        while depth > 0, let scalar = rest.popFirst() {
            if scalar == "{" { depth += 1 } else if scalar == "}" { depth -= 1 }
        }
    }

    // MARK: Declarations

    private static func declarations(_ text: Substring) -> String {
        var kept: [String] = []
        for piece in pieces(text) {
            guard let colon = piece.unicodeScalars.firstIndex(of: ":") else { continue }
            let name = piece[..<colon].trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
            let value = String(piece[piece.unicodeScalars.index(after: colon)...])
                .trimmingCharacters(in: .whitespacesAndNewlines)
            if properties.contains(name), let value = safe(value: value) { kept.append("\(name):\(value)") }
        }
        return kept.joined(separator: ";")
    }

    /// What stands between semicolons that are not within quotation marks or brackets.
    private static func pieces(_ text: Substring) -> [Substring] {
        var pieces: [Substring] = []
        let scalars = text.unicodeScalars
        var start = scalars.startIndex
        var quote: Unicode.Scalar?
        var depth = 0
        for index in scalars.indices {
            let scalar = scalars[index]
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == "\"" || scalar == "'" {
                quote = scalar
            } else if scalar == "(" {
                depth += 1
            } else if scalar == ")" {
                depth -= 1
            } else if scalar == ";", depth <= 0 {
                pieces.append(text[start..<index])
                start = scalars.index(after: index)
                depth = 0
            }
        }
        pieces.append(text[start...])
        return pieces
    }

    /// A value that is what it seems to be: words, numbers, colours, names of fonts in quotation marks, and calls of
    /// ``functions``. Nil for all others.
    private static func safe(value: String) -> String? {
        guard !value.isEmpty, value.utf8.count <= 500 else { return nil }
        var quote: Unicode.Scalar?
        var word = ""
        var depth = 0
        var result = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            if let open = quote {
                // A font's name.
                guard
                    scalar == open || isWord(scalar) || " -.,&".unicodeScalars.contains(scalar) || scalar.value >= 0xA0
                else { return nil }
                if scalar == open { quote = nil }
                result.append(scalar == "&" ? " " : scalar)
                continue
            }
            switch scalar {
            case "\"", "'": quote = scalar
            case "(":
                guard word.isEmpty ? depth > 0 : functions.contains(word.lowercased()) else { return nil }
                depth += 1
            case ")":
                depth -= 1
                guard depth >= 0 else { return nil }
            case "\t", "\n", "\r", " ", "#", "%", ".", ",", "+", "-", "/", "*", "!": break
            default: guard isWord(scalar) else { return nil }
            }
            if isWord(scalar) || scalar == "-" { word.unicodeScalars.append(scalar) } else { word = "" }
            result.append("\t\r\n".unicodeScalars.contains(scalar) ? " " : scalar)
        }
        return quote == nil && depth == 0 ? String(result) : nil
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }

    private static func isSafe(_ text: Substring, besides others: String) -> Bool {
        text.utf8.count <= 2000
            && text.unicodeScalars.allSatisfy { isWord($0) || others.unicodeScalars.contains($0) }
    }

    /// Comments become spaces; nil for text with an escape, as `\75 rl(` means `url(` to a browser.
    private static func withoutComments(_ text: String) -> String? {
        guard !text.unicodeScalars.contains("\\") else { return nil }
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "/", rest.first == "*" else {
                result.append(scalar)
                continue
            }
            rest.removeFirst()
            var last: Unicode.Scalar = " "
            var isClosed = false
            while let next = rest.popFirst() {
                if last == "*", next == "/" {
                    isClosed = true
                    break
                }
                last = next
            }
            if !isClosed { break }
            result.append(" ")
        }
        return String(result)
    }
}
