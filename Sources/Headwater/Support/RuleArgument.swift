import Adaptation
import ExternalRule
import Foundation

/// Rules as the command line names them: of the catalogue, a file that composes them, or a program of the user's.
enum RuleArgument {
    /// One rule: `bola-u:buffer=25`, `file:careful.json`, `exec:./my_rule.py`.
    ///
    /// - Throws: `RuleError` that says what is wrong.
    static func rule(_ text: String) throws(RuleError) -> RuleSpecification {
        if text.hasPrefix("exec:") { return try ExternalRule.specification(path: String(text.dropFirst(5))) }
        if text.hasPrefix("file:") { return try composition(at: String(text.dropFirst(5)), named: text) }
        return try RuleSpecification(text)
    }

    /// Several, separated by commas; `all` stands for the catalogue.
    static func list(_ text: String) throws(RuleError) -> [RuleSpecification] {
        try RuleSpecification.list(text, reading: rule)
    }

    private static func composition(at path: String, named name: String) throws(RuleError) -> RuleSpecification {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
            throw RuleError(description: "rule \(name): the file cannot be read, or is larger than 1 MiB")
        }
        do {
            let composition = try JSONDecoder().decode(RuleComposition.self, from: data)
            return RuleSpecification(description: name) { composition.rule(for: $0) }
        } catch DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context), DecodingError.keyNotFound(_, let context)
        {
            throw RuleError(description: "rule \(name): \(context.debugDescription)")
        } catch {
            throw RuleError(description: "rule \(name): \(error)")
        }
    }
}
