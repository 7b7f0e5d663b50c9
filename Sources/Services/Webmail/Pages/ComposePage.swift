/// What stands on the page on which messages are written.
struct ComposePage: Sendable {
    /// A file of another message that goes along.
    struct Carried: Sendable {
        /// Its section number, or ``whole``.
        var part: String
        var name: String
        var size: String
        var isKept = true
    }

    /// What is asked of somebody whose session is over.
    struct Door: Sendable {
        /// Nil when nobody knows.
        var user: String?
        var proof: String
        var error: String
    }

    /// In place of a section number: the whole message.
    static let whole = "message"
    /// Octets of text that a page brings back; nobody types that much.
    static let longestText = 4 << 20
    static let longestField = 100_000

    var heading = "New message"
    var token = ""
    /// Another one on each page: a form that comes twice is known by it.
    var once = SecretText.random()
    var account = ""
    /// The draft that the next one replaces.
    var draft = ""
    /// The message that files which go along are in.
    var baseFolder = ""
    var baseUID = ""
    /// What is answered or passed on, and what of it this is.
    var answers = ""
    var answersFolder = ""
    var answersUID = ""
    /// `Message-ID`s of the conversation so far, the answered one last.
    var follows = ""
    var name = ""
    var to: String?
    var cc = ""
    var bcc = ""
    var subject = ""
    var text = ""
    var carried: [Carried] = []
    var limit = "Up to 25 MB in all. “Attach” saves a draft with the files."
    var door: Door?
    /// Whether what is below the text is out of sight.
    var isLong = false

    init() {}

    /// What a form held; files have to be chosen again, as a page cannot bring them.
    init(_ form: FormData) {
        func value(_ name: String, _ limit: Int = Self.longestField) -> String {
            let value = form[name]
            return value.utf8.count <= limit ? value : String(decoding: value.utf8.prefix(limit), as: UTF8.self)
        }
        (draft, baseFolder, baseUID) = (value("draft"), value("base-folder"), value("base-uid"))
        (answers, answersFolder, answersUID) = (value("answers"), value("answers-folder"), value("answers-uid"))
        follows = value("follows")
        name = value("name")
        to = form["to"].isEmpty ? nil : value("to")
        (cc, bcc, subject) = (value("cc"), value("bcc"), value("subject"))
        text = value("text", Self.longestText)
        account = value("account", 320)
        carried = form.all("keep").prefix(ReadMessage.maximumAttachments).map {
            Carried(part: String($0.prefix(200)), name: "", size: "")
        }
        heading =
            switch answers {
            case "reply": "Reply"
            case "forward": "Forward"
            default: draft.isEmpty ? "New message" : "Draft"
            }
    }

    /// Leaves out what is in a mailbox: another account has another one.
    mutating func detach() {
        (draft, baseFolder, baseUID) = ("", "", "")
        (answers, answersFolder, answersUID, carried) = ("", "", "", [])
    }
}
