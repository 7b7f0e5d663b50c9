import ArgumentParser
import FTP
import Foundation
import Report

/// `headwater ftp get`: one file from a server.
struct FTPGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Fetch a file.",
        discussion: """
            The file comes into FILE.headwater-part and gets its name when it is whole; --resume goes on with a part of \
            the same size and time.

            Example: headwater ftp get ftp://anna%40example.org@127.0.0.1:2121/film.mp4 --tls --ca data/tls/certificate.pem
            """)

    @Argument(help: ArgumentHelp("The file: ftp://[user@]host[:port]/path, or ftps:.", valueName: "url"))
    var url: FTPLocation

    @Argument(help: "Where to put it; under its own name, here, if not given.")
    var file: String?

    @Flag(help: "Go on with a file that came in part.")
    var resume = false

    @OptionGroup var session: FTPSessionOptions

    func run() async throws {
        guard let name = url.name, !url.isDirectory else {
            throw CommandError(.usage, "\(url) names no file; headwater ftp mirror fetches directories")
        }
        try await session.withClient(url) { client in
            try await LocalFiles.fetch(url.path, into: file ?? name, with: client, resumes: resume)
        }
    }
}

/// `headwater ftp put`: one file to a server.
struct FTPPutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Store a file.",
        discussion: """
            With --resume what the server has of the file already is not sent again.

            Example: headwater ftp put film.mp4 ftp://anna%40example.org@127.0.0.1:2121/
            """)

    @Argument(help: "The file to send.")
    var file: String

    @Argument(help: ArgumentHelp("Where to; a directory ends with a slash.", valueName: "url"))
    var url: FTPLocation

    @Flag(help: "Go on with a file of which the server has the beginning.")
    var resume = false

    @OptionGroup var session: FTPSessionOptions

    func run() async throws {
        let name = URL(filePath: file).lastPathComponent
        let remote = !url.isDirectory ? url.path : url.path.isEmpty ? name : url.path + "/" + name
        let answer = try await session.withClient(url) { client in
            try await LocalFiles.store(file, as: remote, with: client, resumes: resume)
        }
        try StandardStream.output.writeResult(answer + "\n")
    }
}

/// `headwater ftp list`: a directory of a server.
struct FTPListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a directory.",
        discussion: "Example: headwater ftp list ftp://127.0.0.1:2121/ --json")

    @Argument(help: ArgumentHelp("The directory.", valueName: "url"))
    var url: FTPLocation

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    @OptionGroup var session: FTPSessionOptions

    func run() async throws {
        let listing = try await session.withClient(url) { try await $0.list(url.path) }
        let rows = listing.entries.sorted { $0.name < $1.name }.map(Row.init)
        if json {
            try StandardStream.output.writeResult(JSONText.document(rows) + "\n")
        } else {
            let table = TextTable(
                header: ["name", "size", "modified"], alignments: [.left, .right, .left],
                rows: rows.map {
                    [$0.name + ($0.isDirectory ? "/" : ""), $0.size.map(String.init) ?? "", $0.modified ?? ""]
                })
            try StandardStream.output.writeResult(table.text())
        }
        if let line = listing.refused.first {
            throw CommandError(
                .protocolError,
                "\(listing.refused.count) of the listing's lines are not understood or name no file: '\(line.prefix(200))'"
            )
        }
    }

    /// A file or directory as it is printed.
    private struct Row: Encodable {
        var name: String
        var isDirectory: Bool
        /// Octets; nil for a directory, and when the server does not say.
        var size: Int64?
        /// Nil when the server does not say.
        var modified: String?

        init(_ entry: FTPListing.Entry) {
            name = entry.name
            isDirectory = entry.isDirectory
            size = entry.size
            modified = entry.modified?.formatted(.iso8601)
        }
    }
}

/// `headwater ftp mirror`: a directory of a server, with all below it.
struct FTPMirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "Fetch a directory with everything below it.",
        discussion: """
            Files that are here with the same size and time are not fetched again, and parts of the same version of a \
            file are gone on with. Nothing is removed. What cannot be fetched is told at the end; the rest comes.

            Example: headwater ftp mirror ftp://127.0.0.1:2121/archive archive
            """)

    @Argument(help: ArgumentHelp("The directory.", valueName: "url"))
    var url: FTPLocation

    @Argument(help: "The folder to fetch it into.")
    var folder: String

    @OptionGroup var session: FTPSessionOptions

    func run() async throws {
        let mirror = try await session.withClient(url) { client in
            let mirror = FTPMirror(client)
            try await mirror.fetch(url.path, into: folder)
            return mirror
        }
        let fetched = mirror.fetched
        try StandardStream.output.writeResult("\(fetched) \(fetched == 1 ? "file" : "files") fetched\n")
        try mirror.conclude()
    }
}
