/// One element of a parsed document.
struct XMLElement: Sendable, Hashable {
    /// Without prefix.
    let name: String
    /// Empty when the element is in none.
    let namespace: String
    /// By qualified name (`xlink:href`); declarations of namespaces are not among them.
    let attributes: [String: String]
    /// In the document, from 1.
    let line: Int
    /// The character data directly inside, in one piece, white space around it removed.
    var text = ""
    var children: [XMLElement] = []
}
