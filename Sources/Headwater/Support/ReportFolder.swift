import Benchmark
import Foundation
import NetworkEmulation
import QoE
import Report

/// The folder that a report and what belongs to it are written to.
struct ReportFolder {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// The session whose trace is in the file `name`.
    ///
    /// - Throws: ``CommandError`` when there is no such trace, and `TraceError` when it is none.
    func session(_ name: String, _ identity: SessionIdentity, _ profile: BandwidthProfile) throws -> SessionResult {
        let file = path + "/traces/" + name
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandError(.noInput, "cannot read the trace \(file)")
        }
        let trace = try TraceEvent.events(inLines: String(decoding: data, as: UTF8.self), of: file)
        return SessionResult(
            mode: identity.mode, url: identity.url, rule: identity.rule, profile: profile, seed: identity.seed,
            client: identity.client, summary: PlaybackSummary(of: trace), trace: trace)
    }

    /// What the file `name` holds; nil when it cannot be read.
    func contents(of name: String) -> Data? { FileManager.default.contents(atPath: path + "/" + name) }

    /// Writes one file, with the folders on its way; it appears whole, by rename.
    func write(_ text: String, as name: String) throws {
        try Self.write(text, to: path + "/" + name)
    }

    /// Makes the folder `path`, so that one that cannot be made is told about before the work and not after it.
    static func make(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandError(.cannotCreate, "cannot make the folder \(path): \(error.localizedDescription)")
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw CommandError(.cannotCreate, "cannot write to the folder \(path)")
        }
    }

    static func write(_ text: String, to path: String) throws {
        let url = URL(filePath: path)
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url, options: .atomic)
        } catch {
            throw CommandError(.cannotCreate, "cannot write \(path): \(error.localizedDescription)")
        }
    }
}
