/// Where a setting stands: `dhcp.yaml:9: subnets[0].pools[0]`.
package struct SettingPlace: Sendable, Hashable, CustomStringConvertible {
    /// A step of the way to a setting.
    package enum Step: Sendable, Hashable {
        /// The value of a key.
        case key(String)
        /// An element of a list; the first is 0.
        case element(Int)
    }

    /// The file's name, as it was given.
    package var file: String
    /// From 1; nil where the file as a whole is meant.
    package var line: Int?
    /// The way from the top of the file; empty there.
    package var path: [Step]

    /// - Parameters:
    ///   - file: its name.
    ///   - line: from 1.
    ///   - path: the way from the top.
    package init(file: String, line: Int? = nil, path: [Step] = []) {
        (self.file, self.line, self.path) = (file, line, path)
    }

    /// File, line and path, as far as they are known, in one line.
    package var description: String {
        let start = line.map { "\(file):\($0)" } ?? file
        return path.isEmpty ? start : "\(start): \(Self.text(path))"
    }

    /// `subnets[0].pools[1]`; a key that is no word is quoted.
    private static func text(_ path: [Step]) -> String {
        path.reduce(into: "") { text, step in
            switch step {
            case .element(let index): text += "[\(index)]"
            case .key(let key):
                let isWord = !key.isEmpty && key.utf8.allSatisfy { word.contains($0) }
                text += (text.isEmpty ? "" : ".") + (isWord ? key : PrintableName(key).description)
            }
        }
    }

    private static let word = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The steps of a path whose keys are words: `subnets[0].pools[1]`.
    static func steps(_ path: String) -> [Step] {
        path.split(whereSeparator: { ".[]".contains($0) }).map { step in
            Int(step).map(Step.element) ?? .key(String(step))
        }
    }
}

/// What a room throws when a file of settings is wrong, so that it stays an error of that room's own.
package protocol SettingFailure: Error {
    /// - Parameters:
    ///   - problem: what is wrong, and what to do: a part of one line.
    ///   - place: where.
    init(setting problem: String, at place: SettingPlace)
}

/// A text of a file as an error quotes it: in quotation marks, one line, not too long.
package struct PrintableName: CustomStringConvertible {
    package let description: String

    /// - Parameter text: any; of more than 60 characters the first are quoted.
    package init(_ text: some StringProtocol) {
        let clean = text.unicodeScalars.prefix(60).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "?"
            default: String(scalar)
            }
        }
        description = "\"" + clean.joined() + (text.unicodeScalars.count > 60 ? "…" : "") + "\""
    }
}
