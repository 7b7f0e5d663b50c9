internal import FileWatch
internal import Foundation
package import Logging
package import Routing
internal import ServiceLifecycle
internal import Synchronization

/// A routing table from a file, read anew when that or one that it names changes: a server need not be stopped to learn of
/// that.
package final class RoutingFile: Service {
    private struct Loaded {
        var table: RoutingTable
        /// Those that were read for it, or for one that could not be used.
        var files: WatchedFiles
    }

    private let path: String
    private let logger: Logger
    private let loaded: Mutex<Loaded>
    private let changed = Mutex<(@Sendable (RoutingTable) -> Void)?>(nil)

    /// Reads the file.
    ///
    /// - Throws: ``RoutingError`` with file and line.
    package init(path: String, logger: Logger) throws(RoutingError) {
        self.path = path
        self.logger = logger
        var files = WatchedFiles()
        let table = try Self.load(path, &files)
        for warning in table.warnings { logger.warning("\(path): \(warning)") }
        loaded = Mutex(Loaded(table: table, files: files))
    }

    package var table: RoutingTable { loaded.withLock { $0.table } }

    /// Has `body` called with the table whenever it has changed.
    package func whenChanged(_ body: @escaping @Sendable (RoutingTable) -> Void) { changed.withLock { $0 = body } }

    /// Looks at the files each second.
    package func run() async throws {
        await eachSecond { self.reload() }
    }

    /// Reads what has changed. A file that cannot be read leaves the table as it was.
    package func reload() {
        guard loaded.withLock({ $0.files }).haveChanged else { return }
        var files = WatchedFiles()
        do throws(RoutingError) {
            let table = try Self.load(path, &files)
            for warning in table.warnings { logger.warning("\(path): \(warning)") }
            logger.notice("the routing file was read", metadata: ["edges": "\(table.edges.count)"])
            loaded.withLock { [files] in $0 = Loaded(table: table, files: files) }
            changed.withLock { $0 }?(table)
        } catch {
            logger.error("routing stays as it was", metadata: ["error": "\(error)"])
            // Not again before one of these changes.
            loaded.withLock { [files] in $0.files = files }
        }
    }

    // MARK: Reading

    private static func load(_ path: String, _ files: inout WatchedFiles) throws(RoutingError) -> RoutingTable {
        func read(_ path: String) throws(RoutingError) -> String {
            guard let content = files.read(path, limit: RoutingDocument.maximumSize) else {
                throw RoutingError(.unreadable, "cannot read the routing file \(path)")
            }
            guard let text = String(validating: content, as: UTF8.self) else {
                throw RoutingError(.malformed, "\(path): the text is not UTF-8")
            }
            return text
        }
        let folder = URL(filePath: path).deletingLastPathComponent()
        return try RoutingDocument.table(
            try read(path), path: path,
            include: { name throws(RoutingError) in
                let other = name.hasPrefix("/") ? name : folder.appending(path: name).path(percentEncoded: false)
                return (other, try read(other))
            })
    }
}
