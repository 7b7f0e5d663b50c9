internal import Mustache

/// The templates of all pages, parsed once.
struct PageTemplates: Sendable {
    private let library: MustacheLibrary

    /// - Throws: what the parser of templates finds wrong.
    init() throws {
        MustacheContentTypes.register(EscapedText(), named: EscapedText.name)
        var library = MustacheLibrary()
        for (name, text) in Self.texts {
            // Mustache's own way to escape text goes by characters, and leaves a quotation mark alone that a further mark
            // combines with.
            try library.register("{{% CONTENT_TYPE: \(EscapedText.name)}}" + text, named: name)
        }
        self.library = library
    }

    static var texts: [String: String] {
        [
            "layout": layoutTemplate, "log-in": logInTemplate, "list": listTemplate, "message": messageTemplate,
            "compose": composeTemplate, "folders": foldersTemplate, "error": errorTemplate, "thread": threadTemplate,
            "bodies": bodiesTemplate, "move": moveTemplate, "people": peopleTemplate, "send": sendTemplate,
        ]
    }

    /// A template with values: properties of a struct by their names.
    func render(_ name: String, _ values: Any) -> String { library.render(values, withTemplate: name) ?? "" }

    /// A whole page.
    func page(_ chrome: PageChrome, _ name: String, _ values: Any) -> String {
        var chrome = chrome
        chrome.content = render(name, values)
        return render("layout", chrome)
    }
}

/// How values get into pages.
private struct EscapedText: MustacheContentType {
    static let name = "HEADWATER"
    func escapeText(_ text: String) -> String { MarkupText.escape(text) }
}

/// What is around a page's content.
struct PageChrome {
    var title: String
    /// Empty for those who have not logged in.
    var account = ""
    var token = ""
    var styleURL = Stylesheet.url
    var folders: [FolderLink] = []
    /// Where the search looks.
    var folder = ""
    var folderLabel = ""
    var search = ""
    var notice: String?
    var warning: String?
    /// HTML.
    var content = ""

    var isLoggedIn = false
    /// Where the browser goes at once of itself.
    var refresh: String?

    struct FolderLink {
        var url: String
        var label: String
        var unread: String?
        var isCurrent: Bool
        /// How deep it is below others: a class.
        var level: String
    }
}

/// What a page says that has nothing else to show.
struct ErrorPage {
    var title: String
    var text: String
    var link: String
    var linkText: String
}
