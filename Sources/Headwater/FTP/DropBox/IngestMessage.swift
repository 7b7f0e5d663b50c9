import Foundation
import Ingest
import IngestQueue
import Mail
import Presentation
import Report
import Segmenter

/// The message that tells an uploader what became of an upload.
struct IngestMessage {
    var job: IngestJob
    /// Of the video; nil where there is none.
    var picture: Thumbnail?
    var recipient: MailAddress
    /// Where viewers find the library; nil when nobody said.
    var origin: String?

    /// The message, with its header. The same job always has the same `Message-ID`, so that one that is told twice can be
    /// told from two.
    func composed(date: Date) -> [UInt8] {
        let sender = MailAddress("ingest@\(recipient.domain)") ?? recipient
        var composer = MailComposer(
            from: [NamedAddress(name: "Headwater", sender)], date: date,
            messageID: "<ingest-\(job.id).\(Int(job.submitted.timeIntervalSince1970 * 1000))@\(recipient.domain)>")
        composer.to = [NamedAddress(recipient)]
        // RFC 3834 §5: nobody's absence answers it.
        composer.otherFields = [("Auto-Submitted", "auto-generated")]
        let title = job.file.split(separator: "/").last.map(String.init) ?? job.file
        if let report = job.report, job.state == .ready {
            composer.subject = "\(title) is ready"
            composer.text = text(report, title)
            composer.html = html(report, title)
            if let picture {
                composer.attachments = [
                    .init(
                        fileName: "\(report.name).jpg", type: "image/jpeg", content: picture.jpeg,
                        contentID: Self.pictureID)
                ]
            }
        } else {
            composer.subject = "\(title) could not be ingested"
            composer.text = """
                \(job.file) (ingest job \(job.id)) could not be made into a presentation:

                  \(job.reason ?? "")

                The file is still where you put it.
                """
        }
        return composer.message()
    }

    private static let pictureID = "thumbnail"

    private func link(_ report: IngestReport) -> String {
        let base = origin.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? ""
        return "\(base)manifests/\(report.name).mpd"
    }

    private func sentence(_ report: IngestReport, _ title: String) -> String {
        let versions = report.tracks.count { $0.kind == .video }
        let what = versions == 0 ? "sound" : versions == 1 ? "video in one version" : "video in \(versions) versions"
        let length = IngestDisplay.time(report.duration)
        let known = job.sameAs.map { " The same content came with job \($0) already: nothing was made anew." } ?? ""
        return "\(title) (ingest job \(job.id)) is ready: \(length) of \(what).\(known)"
    }

    private func text(_ report: IngestReport, _ title: String) -> String {
        var text = """
            \(sentence(report, title))

              \(link(report))

            \(IngestDisplay.table(IngestDisplay.ladder(of: report)))
            """
        if !report.warnings.isEmpty { text += "\n\n" + report.warnings.map { "- \($0)" }.joined(separator: "\n") }
        return text
    }

    private func html(_ report: IngestReport, _ title: String) -> String {
        let rows = IngestDisplay.ladder(of: report)
        func row(_ cells: [String], _ element: String) -> String {
            let cells = cells.enumerated().map { index, cell in
                let side = index < 3 ? "left" : "right"
                return "<\(element) style=\"text-align:\(side);padding:4px 10px;border-bottom:1px solid #ccc\">"
                    + "\(Markup.escaped(cell))</\(element)>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        let image = picture.map {
            "<p><img src=\"cid:\(Self.pictureID)\" width=\"\($0.width)\" height=\"\($0.height)\" alt=\"\"></p>"
        }
        let address = Markup.escaped(link(report))
        let anchor = origin == nil ? "<code>\(address)</code>" : "<a href=\"\(address)\">\(address)</a>"
        let table = ([row(rows[0], "th")] + rows.dropFirst().map { row($0, "td") }).joined(separator: "\n")
        let warnings = report.warnings.map { "<li>\(Markup.escaped($0))</li>" }.joined()
        return """
            <!DOCTYPE html>
            <html><body style="font-family:sans-serif">
            <p>\(Markup.escaped(sentence(report, title)))</p>
            \(image ?? "")
            <p>\(anchor)</p>
            <table style="border-collapse:collapse;font-size:90%">
            \(table)
            </table>
            \(warnings.isEmpty ? "" : "<ul>\(warnings)</ul>")
            </body></html>
            """
    }
}
