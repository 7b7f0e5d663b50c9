import ArgumentParser
import DNS
import Foundation
import Logging
import NameServer
import Report

/// `headwater zone`: zones in a database, which `headwater dns --zone-data` answers from.
struct ZoneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zone",
        abstract: "Manage the zones of a database that name servers answer from.",
        discussion: """
            A server that runs with --zone-data sees changes within a second, and tells its secondaries. Each change raises \
            the zone's serial.

            Example:
              headwater zone import cdn.test.zone --zone-data zones.sqlite
              headwater zone add www.cdn.test A 192.0.2.7 --zone-data zones.sqlite
            """,
        subcommands: [Import.self, Export.self, List.self, Add.self, Delete.self, Remove.self])

    /// Where zones are kept.
    struct DataOptions: ParsableArguments {
        @Option(help: ArgumentHelp("The SQLite database; made where there is none.", valueName: "db"))
        var zoneData: String

        func database() throws -> ZoneDatabase { try ZoneDatabase(path: zoneData) }

        /// For commands that cannot do anything with an empty one.
        func existingDatabase() throws -> ZoneDatabase {
            guard FileManager.default.fileExists(atPath: zoneData) else {
                throw CommandError(.noInput, "there is no database \(zoneData); zone import makes one")
            }
            return try database()
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a zone from a master file, in place of the one that there is.",
            discussion: """
                Where the zone is there already with other records and a serial that is not older, it gets the next one.

                Example: headwater zone import cdn.test.zone --zone-data zones.sqlite
                """)

        @Argument(help: ArgumentHelp("A master file (RFC 1035 §5).", valueName: "[name=]file"))
        var file: ZoneArgument
        @OptionGroup var data: DataOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let files = try ZoneFiles([file.source], logger: common.logger("zone"))
            guard let zone = files.zones.all.first else { return }
            let database = try data.database()
            if try await database.importing(zone) != zone.start.serial {
                StandardStream.error.writeLine("headwater: the zone has changed without a newer serial: it got one")
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a zone as a master file.",
            discussion: "Example: headwater zone export cdn.test --zone-data zones.sqlite >cdn.test.zone")

        @Argument(help: "The zone's name.")
        var name: DomainName
        @OptionGroup var data: DataOptions

        func run() async throws {
            let zone = try await data.existingDatabase().zone(name)
            var text = "$ORIGIN \(zone.origin)\n"
            for record in zone.allRecords { text += "\(record)\n" }
            try StandardStream.output.writeResult(text)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the zones.", discussion: "Example: headwater zone list --zone-data zones.sqlite --json")

        @OptionGroup var data: DataOptions
        @Flag(help: "Print one JSON document on standard output.")
        var json = false

        func run() async throws {
            let rows = try await data.existingDatabase().list().map(Row.init)
            if json {
                try StandardStream.output.writeResult(JSONText.document(rows) + "\n")
            } else {
                let table = TextTable(
                    header: ["zone", "serial", "records", "copy of", "confirmed"],
                    rows: rows.map {
                        ["\($0.zone)", "\($0.serial)", "\($0.records)", $0.primary ?? "", $0.checked ?? ""]
                    })
                try StandardStream.output.writeResult(table.text())
            }
        }

        /// A zone as it is printed.
        private struct Row: Encodable {
            var zone: String
            var serial: UInt32
            var records: Int
            /// Left out for zones that are no copies.
            var primary: String?
            var checked: String?

            init(_ summary: ZoneDatabase.Summary) {
                zone = summary.name.description
                serial = summary.serial
                records = summary.records
                primary = summary.primary
                checked = summary.checked.map { Date(timeIntervalSince1970: Double($0)).formatted(.iso8601) }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a whole zone.",
            discussion: "Example: headwater zone remove cdn.test --zone-data zones.sqlite")

        @Argument(help: "The zone's name.")
        var name: DomainName
        @OptionGroup var data: DataOptions

        func run() async throws { try data.existingDatabase().remove(name) }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a record to the zone that its name is in.",
            discussion: """
                Names, also those within the data, are whole: they need no dot at their end. What begins with - comes behind --.

                Example: headwater zone add www.cdn.test A 192.0.2.7 --ttl 60 --zone-data zones.sqlite
                """)

        @Argument(help: "The record's name.")
        var name: DomainName
        @Argument(help: "Its type, such as A.")
        var type: RecordType
        @Argument(help: "Its data, as in a master file.")
        var recordData: [String]
        @Option(help: ArgumentHelp("How long others may keep it.", valueName: "seconds"))
        var ttl: UInt32 = 300
        @OptionGroup var data: DataOptions

        func validate() throws {
            if ttl > UInt32(Int32.max) { throw ValidationError("--ttl is below 2^31") }
        }

        func run() async throws {
            let record = ResourceRecord(
                name: name, type: type, ttl: ttl, data: try RecordData(recordData.joined(separator: " "), type))
            let database = try data.existingDatabase()
            try database.update(try await database.nameOfZone(for: name), adding: [record])
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete records from the zone that their name is in: all, those of a type, or one.",
            discussion: "Example: headwater zone delete www.cdn.test A 192.0.2.7 --zone-data zones.sqlite")

        @Argument(help: "The records' name.")
        var name: DomainName
        @Argument(help: "Their type; all if left out.")
        var type: RecordType?
        @Argument(help: "Data of one of them, as in a master file.")
        var recordData: [String] = []
        @OptionGroup var data: DataOptions

        func run() async throws {
            var removal = ZoneDatabase.Removal.name(name)
            if let type {
                removal =
                    recordData.isEmpty
                    ? .set(name, type)
                    : .record(name, type, try RecordData(recordData.joined(separator: " "), type))
            }
            let database = try data.existingDatabase()
            try database.update(try await database.nameOfZone(for: name), removing: [removal])
        }
    }
}

extension ZoneDatabase {
    /// The nearest zone at or above a name.
    fileprivate func nameOfZone(for name: DomainName) async throws -> DomainName {
        let zones = try await list().map(\.name).filter { name.isWithin($0) }
        guard let zone = zones.max(by: { $0.labelCount < $1.labelCount }) else {
            throw CommandError(.noInput, "no zone in \(path) has \(name); zone import makes one from a file")
        }
        return zone
    }
}

extension DomainName: ExpressibleByArgument {
    /// Reads an argument: a whole name, with or without a dot at its end.
    package init?(argument: String) { try? self.init(argument) }
}

extension RecordType: ExpressibleByArgument {
    /// Reads an argument: a mnemonic, or `TYPE` and a number.
    package init?(argument: String) { self.init(argument) }

    /// The mnemonic.
    package var defaultValueDescription: String { description }
}

extension ZoneDatabaseError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .unknown: .noInput
        case .refused: .dataError
        case .unusable: .ioError
        }
    }
}
