package import Foundation
package import Ingest

/// A file that somebody brought to be ingested, and what became of it.
package struct IngestJob: Sendable, Hashable, Identifiable {
    /// How far a job is; `ready` and `failed` are its ends.
    package enum State: String, Sendable, Hashable, Codable {
        case waiting
        case running
        /// The presentation is in the library.
        case ready
        case failed
    }

    /// Counts up from 1; never used again.
    package let id: Int64
    /// Who brought it: an account's name.
    package var owner: String
    /// As its owner calls it.
    package var file: String
    /// Bytes of the file.
    package var size: Int64
    package var state: State
    package var submitted: Date
    /// When the last run began; nil before the first.
    package var started: Date?
    /// When it became ready or failed.
    package var ended: Date?
    /// Of the presentation, once it is known.
    package var name: String?
    /// SHA-256 of the file's content in hexadecimal digits, once it is known.
    package var content: String?
    /// The owner's earlier job that brought the same content, if there was one: nothing was made anew then.
    package var sameAs: Int64?
    /// Why it failed, or what it waits for: one line.
    package var reason: String?
    /// What was made; nil until the job is ready.
    package var report: IngestReport?
}

/// A job, and how far it is at the moment.
package struct IngestJobStatus: Sendable, Hashable {
    package var job: IngestJob
    /// Share of the encoding that is done, 0 to 1; nil unless the job runs.
    package var progress: Double?
}
