import ArgumentParser
import Foundation

/// Options of `headwater ftp serve` that make it a drop box.
struct DropBoxOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Ingest each upload into this library, made if it does not exist; nothing is ingested if not given.",
            valueName: "dir"))
    var library: String?

    @Option(help: "Uploads that are ingested at once.")
    var jobs = 1

    @Option(
        help: ArgumentHelp(
            "Where viewers find the library (an origin or an edge), for links in messages: http://host:port.",
            valueName: "url"))
    var origin: String?

    @OptionGroup var administration: AdministrationOptions

    @OptionGroup(title: "Ingest Options") var segmentation: SegmentationArguments

    func validate() throws {
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs must be from 1 to 64, not \(jobs)") }
        if library == nil, origin != nil { throw ValidationError("--origin means nothing without --library") }
        if library?.isEmpty ?? false { throw ValidationError("--library needs the name of a folder") }
        if let origin {
            guard let url = URL(string: origin), let scheme = url.scheme, ["http", "https"].contains(scheme),
                url.host != nil, url.query == nil, url.fragment == nil
            else { throw ValidationError("--origin needs a URL such as http://media.example.org:8080") }
        }
    }
}
