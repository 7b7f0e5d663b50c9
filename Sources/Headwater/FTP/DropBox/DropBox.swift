import Accounts
import Administration
import FTP
import Foundation
import Ingest
import IngestQueue
import Logging
import Mail
import MailStore
import Metrics
import NIOCore
import Report
import SMTP
import Segmenter

/// Where uploads become presentations: each is a job of the queue, and its uploader hears of the outcome by mail.
struct DropBox: Sendable {
    let queue: IngestQueue
    private let logger: Logger

    /// - Parameters:
    ///   - options: where the library is.
    ///   - library: its folder.
    ///   - data: the folder where the services keep what they know.
    ///   - accounts: who gets messages.
    ///   - metrics: where jobs are counted.
    ///   - logger: told of jobs.
    /// - Throws: `IngestQueueError`, `SegmenterError`, ``CommandError``.
    init(
        _ options: DropBoxOptions, library: String, data: String, accounts: AccountStore, metrics: any MetricsFactory,
        logger: Logger
    ) throws {
        self.logger = logger
        var configuration = IngestQueue.Configuration(
            folder: data + "/ingest", library: library, encoders: ProcessInfo.processInfo.activeProcessorCount,
            logger: logger)
        configuration.segmentation = try options.segmentation.options()
        try configuration.segmentation.validate()
        configuration.jobs = options.jobs
        configuration.metrics = metrics
        let mailboxes = StoredMailboxes(accounts: accounts, store: MailStore(root: data + "/mail"))
        queue = try IngestQueue(configuration: configuration) { job, picture in
            guard let owner = AccountName(job.owner), try await accounts.contains(owner),
                let address = MailAddress(owner.description)
            else { return }
            let message = IngestMessage(job: job, picture: picture, recipient: address, origin: options.origin)
            let outcome = await mailboxes.deliver(
                MessageBytes(ByteBuffer(bytes: message.composed(date: Date()))),
                header: "Return-Path: <>\r\nDelivered-To: \(address)\r\n", to: address,
                // A job whose owner was told when the process was killed, before that was noted, is told again.
                as: DeliveryName(
                    "ingest\(job.id)at\(Int64(job.submitted.timeIntervalSince1970 * 1000))", mayBeThere: true))
            if case .later(let reply) = outcome { throw CommandError(.temporaryFailure, "\(reply)") }
        }
    }

    /// Takes an upload.
    /// - Returns: the text of the reply.
    func uploaded(_ upload: FinishedUpload, by user: FTPUser) async -> String? {
        guard let location = upload.location else { return nil }
        do {
            let job = try await queue.submit(
                location, descriptor: upload.file?.descriptor, file: upload.path.description, size: upload.size,
                by: user.name)
            return "Done; it is ingest job \(job.id)."
        } catch {
            logger.error("an upload is not ingested", metadata: ["file": "\(upload.path)", "error": "\(error)"])
            // Paths of this machine say nothing to the client.
            let isFull = (error as? IngestQueueError)?.code == .full
            return
                "Done, but it is not ingested: \(isFull ? "\(error)" : "the queue of ingest jobs cannot take it now")."
        }
    }

    /// Commands after `SITE`.
    static let siteCommands: Set<String> = ["JOBS"]
    /// How many jobs a reply lists.
    private static let listed = 50

    /// Answers `SITE JOBS`, with or without a number: the user's own jobs.
    func site(_ argument: String, _ user: FTPUser) async -> FTPReply {
        do {
            if argument.isEmpty {
                let jobs = try await queue.jobs(of: user.name, limit: Self.listed)
                guard !jobs.isEmpty else { return FTPReply(200, "You have no ingest jobs.") }
                return FTPReply(200, lines: ["Your ingest jobs, the newest first:"] + jobs.map(Self.line) + ["End"])
            }
            guard let id = Int64(argument), let status = try await queue.job(id), status.job.owner == user.name else {
                return FTPReply(501, "You have no ingest job of that number.")
            }
            return FTPReply(200, lines: [Self.line(status)] + Self.details(status.job) + ["End"])
        } catch {
            logger.error("the ingest jobs cannot be read", metadata: ["error": "\(error)"])
            return FTPReply(451, "The ingest jobs cannot be read now.")
        }
    }

    private static func line(_ status: IngestJobStatus) -> String {
        let job = status.job
        let state =
            switch job.state {
            case .waiting, .failed: job.state.rawValue
            case .running: "running \(Int((status.progress ?? 0) * 100)) %"
            case .ready: "ready as \(job.name ?? "")"
            }
        return "\(job.id) \(job.file): \(state)"
    }

    private static func details(_ job: IngestJob) -> [String] {
        var lines = job.reason.map { [$0] } ?? []
        if let same = job.sameAs { lines.append("The same content came with job \(same).") }
        if let report = job.report {
            lines.append("manifests/\(report.name).mpd")
            lines += IngestDisplay.table(IngestDisplay.ladder(of: report)).split(separator: "\n").map(String.init)
        }
        return lines
    }

    /// What the administration listener shows at `/jobs`.
    var document: AdministrationDocument {
        AdministrationDocument(path: "jobs") { [queue] item in
            if let item {
                guard let id = Int64(item), let status = try await queue.job(id) else { return nil }
                return Data(try JSONText.document(IngestJobText(status)).utf8)
            }
            return Data(try JSONText.document(try await queue.jobs().map(IngestJobText.init)).utf8)
        }
    }
}

/// A job in JSON, with times as people and programs read them (RFC 3339).
private struct IngestJobText: Encodable {
    var id: Int64
    var owner: String
    var file: String
    var size: Int64
    var state: IngestJob.State
    var progress: Double?
    var submitted: String
    var started: String?
    var ended: String?
    var name: String?
    var content: String?
    var sameAs: Int64?
    var reason: String?
    var report: IngestReport?

    init(_ status: IngestJobStatus) {
        let job = status.job
        (id, owner, file, size, state) = (job.id, job.owner, job.file, job.size, job.state)
        (progress, name, content, sameAs) = (status.progress, job.name, job.content, job.sameAs)
        (reason, report) = (job.reason, job.report)
        submitted = job.submitted.formatted(.iso8601)
        started = job.started?.formatted(.iso8601)
        ended = job.ended?.formatted(.iso8601)
    }
}

extension IngestQueueError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .locked, .full: .temporaryFailure
        case .unusable: .cannotCreate
        }
    }
}
