package import DNS
internal import FileWatch
internal import Foundation
package import Logging
internal import ServiceLifecycle
internal import Synchronization

/// Zones from master files, read anew when a file changes: a server need not be stopped to learn of that.
package final class ZoneFiles: Service {
    /// A file, and the name of its zone.
    package struct Source: Sendable, Hashable {
        package var path: String
        /// Nil for the name that the file's first `$ORIGIN` or its own name tells.
        package var origin: DomainName?

        package init(path: String, origin: DomainName? = nil) {
            self.path = path
            self.origin = origin
        }
    }

    private struct Loaded {
        var zone: Zone
        /// Those that were read for it, or for one that could not be used.
        var files: WatchedFiles
    }

    /// Octets of a file at most.
    private static let largest = 1 << 30

    private let sources: [Source]
    private let logger: Logger
    private let loaded: Mutex<[Source: Loaded]>
    private let changed = Mutex<(@Sendable (ZoneTable) -> Void)?>(nil)

    /// Reads all zones.
    ///
    /// - Throws: ``DNSError`` with file and line.
    package init(_ sources: [Source], logger: Logger) throws(DNSError) {
        self.sources = sources
        self.logger = logger
        var loaded: [Source: Loaded] = [:]
        for source in sources {
            var files = WatchedFiles()
            let zone = try Self.load(source, &files)
            if let other = loaded.first(where: { $1.zone.origin == zone.origin })?.key {
                throw DNSError(.malformedZone, "\(source.path) and \(other.path) are both the zone \(zone.origin)")
            }
            for warning in zone.warnings { logger.warning("\(source.path): \(warning)") }
            loaded[source] = Loaded(zone: zone, files: files)
        }
        self.loaded = Mutex(loaded)
    }

    package var zones: ZoneTable { ZoneTable(loaded.withLock { $0.values.map(\.zone) }) }

    /// Has `body` called with all zones whenever one of them has changed.
    package func whenChanged(_ body: @escaping @Sendable (ZoneTable) -> Void) { changed.withLock { $0 = body } }

    /// Looks at the files each second.
    package func run() async throws {
        await eachSecond { self.reload() }
    }

    /// Reads what has changed. A file that cannot be read leaves its zone as it was.
    package func reload() {
        var hasChanged = false
        for source in sources {
            guard let old = loaded.withLock({ $0[source] }), old.files.haveChanged else { continue }
            var files = WatchedFiles()
            do throws(DNSError) {
                let zone = try Self.load(source, &files)
                guard zone.origin == old.zone.origin else {
                    throw DNSError(.malformedZone, "\(source.path): the zone cannot become \(zone.origin) in between")
                }
                if !old.zone.start.isOlder(than: zone.start.serial), zone.allRecords != old.zone.allRecords {
                    logger.warning(
                        "\(source.path): the zone has changed, but its serial has not grown: secondaries will not notice"
                    )
                }
                for warning in zone.warnings { logger.warning("\(source.path): \(warning)") }
                logger.notice(
                    "a zone was read", metadata: ["zone": "\(zone.origin)", "serial": "\(zone.start.serial)"])
                loaded.withLock { [files] in $0[source] = Loaded(zone: zone, files: files) }
                hasChanged = true
            } catch {
                logger.error("a zone stays as it was", metadata: ["error": "\(error)"])
                // Not again before one of these changes.
                loaded.withLock { [files] in $0[source]?.files = files }
            }
        }
        if hasChanged { changed.withLock { $0 }?(zones) }
    }

    // MARK: Reading

    private static func load(_ source: Source, _ files: inout WatchedFiles) throws(DNSError) -> Zone {
        // What includes files keeps the function that reads them, which cannot capture a parameter of this kind.
        var watched = WatchedFiles()
        defer { files = watched }
        func read(_ path: String) throws(DNSError) -> [UInt8] {
            guard let content = watched.read(path, limit: largest) else {
                throw DNSError(.unreadable, "cannot read the zone file \(path)")
            }
            return content
        }
        let content = try read(source.path)
        let origin: DomainName
        if let given = source.origin { origin = given } else { origin = try guess(source.path, content) }
        let folder = URL(filePath: source.path).deletingLastPathComponent()
        let records = try MasterFile.records(
            in: content, path: source.path, origin: origin,
            include: { name throws(DNSError) in
                let path = name.hasPrefix("/") ? name : folder.appending(path: name).path(percentEncoded: false)
                return (path, try read(path))
            })
        do throws(DNSError) {
            return try Zone(origin: source.origin, records)
        } catch {
            throw DNSError(.malformedZone, "\(source.path): \(error)")
        }
    }

    /// The zone's name: that of the first `$ORIGIN`, or of the file without `.zone` or `.db`.
    private static func guess(_ path: String, _ content: [UInt8]) throws(DNSError) -> DomainName {
        for line in content.prefix(1 << 16).split(separator: UInt8(ascii: "\n")) {
            let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            guard let first = words.first, !first.hasPrefix(";") else { continue }
            if first.uppercased() == "$ORIGIN", words.count > 1 { return try DomainName(words[1]) }
            if !first.hasPrefix("$") { break }
        }
        let file = URL(filePath: path).lastPathComponent
        let name = [".zone", ".db"].reduce(file) { $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0 }
        return try DomainName(name)
    }
}
