import Foundation
import Mail
import Testing

@testable import SMTP

@Suite("Destinations that do not answer")
struct DeadDestinationTests {
    private static let start = Date(timeIntervalSince1970: 1_000_000)

    private func message(_ id: String, _ recipients: [String]) -> QueuedMessage {
        let envelope = Envelope(
            sender: MailAddress("carol@example.net"),
            recipients: recipients.compactMap { MailAddress($0) }.map { EnvelopeRecipient($0) })
        return QueuedMessage(id: id, received: Self.start, size: 10, envelope: envelope)
    }

    @Test("Keep no mail from the mailboxes here, however many there are")
    func local() {
        var policy = RetryPolicy()
        policy.connections = 3
        var schedule = DeliverySchedule(policy: policy, localDomains: ["example.org"])
        for number in 0..<10 { schedule.insert(message("\(number)", ["x@dead\(number).test"])) }
        var started = 0
        while schedule.start(now: Self.start) != nil { started += 1 }
        #expect(started == 3)
        schedule.insert(message("local", ["alice@example.org"]))
        #expect(schedule.start(now: Self.start)?.destination == .local)
        #expect(schedule.start(now: Self.start) == nil)
    }

    @Test("Whatever is due there can be taken while the destination is left alone, each message once")
    func together() {
        var schedule = DeliverySchedule(policy: RetryPolicy(), localDomains: ["example.org"])
        for number in 0..<10 { schedule.insert(message("\(number)", (0..<150).map { "x\($0)@dead.test" })) }
        let first = schedule.start(now: Self.start)
        schedule.unreachable(.domain("dead.test"), now: Self.start)
        #expect(schedule.start(now: Self.start) == nil)
        var delivery = first
        var recipients = 0
        while let current = delivery {
            let outcomes = current.recipients.map { _ in RecipientOutcome.later(SMTPReply(451, "4.4.1", "no answer")) }
            recipients += outcomes.count
            _ = schedule.finish(current, outcomes, passesReports: false, now: Self.start)
            delivery = schedule.take(.domain("dead.test"), now: Self.start)
        }
        #expect(recipients == 1500)
    }
}
