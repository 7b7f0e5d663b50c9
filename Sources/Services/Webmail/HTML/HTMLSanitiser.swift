/// What is left of a message in HTML when all is taken away that could do more than be read.
struct SanitisedHTML: Sendable, Hashable {
    /// What goes into a document's body.
    var body: String
    /// What goes into a `style` element.
    var style: String
    /// Pictures on other hosts: shown or not, as was asked.
    var remotePictures: Int
    /// Whether some of the message is missing because it is too large.
    var isTruncated: Bool
}

/// Writes a parsed document anew, from an allow-list: see ``AllowList``, ``SafeURL`` and ``SafeStyle``.
///
/// Only what is known to be harmless is written, and all of it by this code: nothing of the source's markup is copied. Links
/// open windows that know nothing of this one.
struct HTMLSanitiser {
    struct Options: Sendable {
        /// Whether pictures are fetched from other hosts, which tells them that the message is read, when, and where.
        var showsRemotePictures = false
        /// Where a picture of the message is, by its `Content-ID` without brackets; nil if there is none.
        var picture: @Sendable (_ contentID: String) -> String? = { _ in nil }
        /// What stands in place of a picture that is not shown.
        var placeholder = "/blocked.svg"
        /// Elements within elements; deeper ones go, what is in them stays.
        var maximumDepth = 200
        /// Octets that are written.
        var maximumLength = 4 << 20

        init() {}
    }

    private let options: Options
    private var body = ""
    private var style = ""
    private var remotePictures = 0
    private var isTruncated = false
    /// What ends the elements that are open; nil for those that are not written.
    private var open: [String?] = []
    private var depth = 0
    /// How many elements are open within one that goes with its content.
    private var dropped = 0
    /// The text of the style sheet that is open.
    private var sheet: String?

    private init(_ options: Options) { self.options = options }

    static func sanitise(_ document: HTMLDocument, _ options: Options = Options()) -> SanitisedHTML {
        var sanitiser = HTMLSanitiser(options)
        for event in document where !sanitiser.isTruncated { sanitiser.take(event) }
        sanitiser.close()
        return SanitisedHTML(
            body: sanitiser.body, style: sanitiser.style, remotePictures: sanitiser.remotePictures,
            isTruncated: sanitiser.isTruncated)
    }

    private mutating func take(_ event: HTMLEvent) {
        switch event {
        case .start(let element): start(element)
        case .end: end()
        case .text(let text):
            if sheet != nil {
                sheet? += text
            } else if dropped == 0 {
                MarkupText.append(text, to: &body)
            }
        }
        if body.utf8.count > options.maximumLength { isTruncated = true }
    }

    private mutating func start(_ element: HTMLElement) {
        guard dropped == 0 else { return dropped += 1 }
        switch AllowList.treatment(of: element) {
        case .drop: dropped = 1
        case .style:
            dropped = 1
            sheet = ""
        case .unwrap: open.append(nil)
        case .keep:
            let isVoid = AllowList.voidElements.contains(element.name)
            guard isVoid || depth < options.maximumDepth else { return open.append(nil) }
            if element.name == "img" {
                image(element)
                return open.append(nil)
            }
            let name = element.name == "body" ? "div" : element.name
            body += "<\(name)"
            for attribute in element.attributes { write(attribute, of: element) }
            if name == "a", let url = element.attribute("href"), SafeURL.link(url)?.hasPrefix("#") != true {
                body += " target=\"_blank\" rel=\"noopener noreferrer nofollow\""
            }
            body += ">"
            if isVoid {
                open.append(nil)
            } else {
                depth += 1
                open.append("</\(name)>")
            }
        }
    }

    private mutating func end() {
        if dropped > 0 {
            dropped -= 1
            if dropped == 0, let text = sheet {
                if style.utf8.count < SafeStyle.maximumSheet { style += SafeStyle.sheet(text) }
                sheet = nil
            }
        } else if let tag = open.popLast(), let tag {
            body += tag
            depth -= 1
        }
    }

    private mutating func close() {
        dropped = 0
        while !open.isEmpty { end() }
    }

    // MARK: Attributes

    private mutating func write(_ attribute: HTMLElement.Attribute, of element: HTMLElement) {
        guard let rule = AllowList.rule(for: attribute.name, of: element.name) else { return }
        switch rule {
        case .link:
            if let url = SafeURL.link(attribute.value) { write("href", url) }
        // Written with its element.
        case .picture: break
        case .background:
            if let url = picture(attribute.value), element.name != "body" { write("background", url) }
        case .colour where element.name == "body":
            if let colour = AllowList.value(attribute.value, rule), element.attribute("style") == nil {
                write("style", "background-color:\(colour)")
            }
        default:
            if let value = AllowList.value(attribute.value, rule) { write(attribute.name, value) }
        }
    }

    private mutating func write(_ name: String, _ value: String) {
        body += " \(name)=\""
        MarkupText.append(value, to: &body)
        body += "\""
    }

    /// A picture; where it is not shown, a small sign with the text that stands for it.
    private mutating func image(_ element: HTMLElement) {
        if let url = element.attribute("src").flatMap({ picture($0) }) {
            body += "<img"
            write("src", url)
            for attribute in element.attributes where attribute.name != "src" { write(attribute, of: element) }
            body += ">"
            return
        }
        // What would be too small to be seen is none.
        let isTiny = ["width", "height"].contains { name in
            element.attribute(name).flatMap { Int($0.trimmingPrefix(" ").prefix(while: \.isNumber)) }.map { $0 <= 2 }
                ?? false
        }
        guard !isTiny else { return }
        body += "<span class=\"hw-blocked\"><img src=\"\(options.placeholder)\" alt=\"\" width=\"24\" height=\"16\">"
        if let alternative = element.attribute("alt"), !alternative.allSatisfy(\.isWhitespace) {
            MarkupText.append(" " + alternative.prefix(300), to: &body)
        }
        body += "</span>"
    }

    /// Where a picture is to be had from; nil if it is not shown.
    private mutating func picture(_ url: String) -> String? {
        switch SafeURL.picture(url) {
        case .part(let id): return options.picture(id)
        case .data(let url): return url
        case .remote(let url):
            remotePictures += 1
            return options.showsRemotePictures ? url : nil
        case nil: return nil
        }
    }
}
