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
    private static let largest = 64 << 20

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
        let first = try Self.load(path)
        for warning in first.table.warnings { logger.warning("\(path): \(warning)") }
        loaded = Mutex(first)
    }

    package var table: RoutingTable { loaded.withLock { $0.table } }

    /// Has `body` called with the table whenever it has changed.
    package func whenChanged(_ body: @escaping @Sendable (RoutingTable) -> Void) { changed.withLock { $0 = body } }

    /// Looks at the files each second.
    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: .seconds(1))
                self.reload()
            }
        }
    }

    /// Reads what has changed. A file that cannot be read leaves the table as it was.
    package func reload() {
        let old = loaded.withLock { $0.files }
        guard old.contains(where: { Stamp($0) != $1 }) else { return }
        do throws(RoutingError) {
            let new = try Self.load(path)
            for warning in new.table.warnings { logger.warning("\(path): \(warning)") }
            logger.notice("the routing file was read", metadata: ["edges": "\(new.table.edges.count)"])
            loaded.withLock { $0 = new }
            changed.withLock { $0 }?(new.table)
        } catch {
            logger.error("routing stays as it was", metadata: ["error": "\(error)"])
            // Not again before a file changes again.
            loaded.withLock { $0.files = old.reduce(into: [:]) { $0[$1.key] = Stamp($1.key) ?? $1.value } }
        }
    }

    // MARK: Reading

    private static func load(_ path: String) throws(RoutingError) -> Loaded {
        var files: [String: Stamp] = [:]
        func read(_ path: String) throws(RoutingError) -> String {
            guard let stamp = Stamp(path), stamp.size <= largest,
                let content = FileManager.default.contents(atPath: path)
            else { throw RoutingError(.unreadable, "cannot read the routing file \(path)") }
            guard let text = String(validating: content, as: UTF8.self) else {
                throw RoutingError(.malformed, "\(path): the text is not UTF-8")
            }
            files[path] = stamp
            return text
        }
        let folder = URL(filePath: path).deletingLastPathComponent()
        let table = try RoutingDocument.table(
            try read(path), path: path,
            include: { name throws(RoutingError) in
                let other = name.hasPrefix("/") ? name : folder.appending(path: name).path(percentEncoded: false)
                return (other, try read(other))
            })
        return Loaded(table: table, files: files)
    }
}
