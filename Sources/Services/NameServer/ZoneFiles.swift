package import DNS
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
        /// Every file that was read for it, as it was then.
        var files: [String: Stamp]
    }

    /// Tells one state of a file from others.
    private struct Stamp: Equatable {
        var size: Int
        var modified: Date
        var inode: Int

        init?(_ path: String) {
            guard let facts = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
            size = facts[.size] as? Int ?? 0
            modified = facts[.modificationDate] as? Date ?? .distantPast
            inode = facts[.systemFileNumber] as? Int ?? 0
        }
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
            let new = try Self.load(source)
            if let other = loaded.first(where: { $1.zone.origin == new.zone.origin })?.key {
                throw DNSError(.malformedZone, "\(source.path) and \(other.path) are both the zone \(new.zone.origin)")
            }
            for warning in new.zone.warnings { logger.warning("\(source.path): \(warning)") }
            loaded[source] = new
        }
        self.loaded = Mutex(loaded)
    }

    package var zones: ZoneTable { ZoneTable(loaded.withLock { $0.values.map(\.zone) }) }

    /// Has `body` called with all zones whenever one of them has changed.
    package func whenChanged(_ body: @escaping @Sendable (ZoneTable) -> Void) { changed.withLock { $0 = body } }

    /// Looks at the files each second.
    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: .seconds(1))
                self.reload()
            }
        }
    }

    /// Reads what has changed. A file that cannot be read leaves its zone as it was.
    package func reload() {
        var hasChanged = false
        for source in sources {
            guard let old = loaded.withLock({ $0[source] }), old.files.contains(where: { Stamp($0) != $1 }) else {
                continue
            }
            do throws(DNSError) {
                let new = try Self.load(source)
                guard new.zone.origin == old.zone.origin else {
                    throw DNSError(
                        .malformedZone, "\(source.path): the zone cannot become \(new.zone.origin) in between")
                }
                if !old.zone.start.isOlder(than: new.zone.start.serial), new.zone.allRecords != old.zone.allRecords {
                    logger.warning(
                        "\(source.path): the zone has changed, but its serial has not grown: secondaries will not notice"
                    )
                }
                for warning in new.zone.warnings { logger.warning("\(source.path): \(warning)") }
                logger.notice(
                    "a zone was read", metadata: ["zone": "\(new.zone.origin)", "serial": "\(new.zone.start.serial)"])
                loaded.withLock { $0[source] = new }
                hasChanged = true
            } catch {
                logger.error("a zone stays as it was", metadata: ["error": "\(error)"])
                // Not again before the file changes again.
                loaded.withLock { loaded in
                    loaded[source]?.files = old.files.reduce(into: [:]) { $0[$1.key] = Stamp($1.key) ?? $1.value }
                }
            }
        }
        if hasChanged { changed.withLock { $0 }?(zones) }
    }

    // MARK: Reading

    private static func load(_ source: Source) throws(DNSError) -> Loaded {
        let reading = Reading()
        let content = try reading.read(source.path)
        let origin: DomainName
        if let given = source.origin { origin = given } else { origin = try guess(source.path, content) }
        let folder = URL(filePath: source.path).deletingLastPathComponent()
        let records = try MasterFile.records(
            in: content, path: source.path, origin: origin,
            include: { name throws(DNSError) in
                let path = name.hasPrefix("/") ? name : folder.appending(path: name).path(percentEncoded: false)
                return (path, try reading.read(path))
            })
        do throws(DNSError) {
            return Loaded(zone: try Zone(origin: source.origin, records), files: reading.files)
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

    /// Notes which files are read.
    private final class Reading {
        var files: [String: Stamp] = [:]

        func read(_ path: String) throws(DNSError) -> [UInt8] {
            guard let stamp = Stamp(path), stamp.size <= ZoneFiles.largest,
                let content = FileManager.default.contents(atPath: path)
            else { throw DNSError(.unreadable, "cannot read the zone file \(path)") }
            files[path] = stamp
            return Array(content)
        }
    }
}
