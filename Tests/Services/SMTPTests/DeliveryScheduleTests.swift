import Foundation
import Mail
import TestSupport
import Testing

@testable import SMTP

@Suite("Delivery schedule")
struct DeliveryScheduleTests {
    private static let start = Date(timeIntervalSince1970: 1_000_000)
    private static let busy = RecipientOutcome.later(SMTPReply(450, "4.2.0", "later"))
    private static let fine = RecipientOutcome.delivered(SMTPReply(250, "2.0.0", "ok"))
    private static let wrong = RecipientOutcome.failed(SMTPReply(550, "5.1.1", "no"))

    private func message(
        _ id: String, _ recipients: [String], notify: DeliveryNotification? = nil, sender: String? = "carol@example.net"
    ) -> QueuedMessage {
        let envelope = Envelope(
            sender: sender.flatMap { MailAddress($0) },
            recipients: recipients.compactMap { MailAddress($0) }.map { EnvelopeRecipient($0, notify: notify) })
        return QueuedMessage(id: id, received: Self.start, size: 10, envelope: envelope)
    }

    private func schedule(_ messages: QueuedMessage...) -> DeliverySchedule {
        var schedule = DeliverySchedule(policy: RetryPolicy(), localDomains: ["example.org"])
        for message in messages { schedule.insert(message) }
        return schedule
    }

    @Test("A message that nobody takes is tried at the documented times, and given up after five days")
    func retries() {
        var schedule = schedule(message("a", ["dave@example.com"]))
        var minutes: [Int] = []
        var kinds: [String] = []
        var now = Self.start
        while schedule.count > 0 {
            guard let delivery = schedule.start(now: now) else {
                now += 60
                continue
            }
            minutes.append(Int(now.timeIntervalSince(Self.start) / 60))
            for report in schedule.finish(delivery, [Self.busy], passesReports: false, now: now) {
                kinds.append("\(report.kind) at \(minutes.last ?? 0)")
            }
            schedule.stop(delivery.destination)
        }
        #expect(Array(minutes.prefix(8)) == [0, 5, 15, 35, 75, 155, 315, 555])
        #expect(zip(minutes.dropFirst(7), minutes.dropFirst(8)).allSatisfy { $1 - $0 == 240 })
        #expect(minutes.last.map { (5 * 1440..<5 * 1440 + 240).contains($0) } == true)
        #expect(kinds == ["delayed at 315", "failed at \(minutes.last ?? 0)"])
    }

    @Test(
        "Senders hear what they asked for",
        arguments: [
            (nil, "fine", "local", []), (nil, "wrong", "local", ["failed"]),
            ([.success], "fine", "local", ["delivered"]),
            ([.success], "fine", "remote", ["relayed"]), ([.success], "fine", "passing", []),
            ([.success], "wrong", "remote", []), ([.failure], "wrong", "remote", ["failed"]),
            ([], "wrong", "remote", []), ([], "fine", "local", []),
        ] as [(DeliveryNotification?, String, String, [String])])
    func reports(_ notify: DeliveryNotification?, _ outcome: String, _ place: String, _ expected: [String]) throws {
        for sender in ["carol@example.net", nil] {
            var schedule = schedule(
                message(
                    "a", [place == "local" ? "bob@example.org" : "dave@example.com"], notify: notify, sender: sender))
            let startedDelivery = schedule.start(now: Self.start)
            let delivery = try #require(startedDelivery)
            let reports = schedule.finish(
                delivery, [outcome == "fine" ? Self.fine : Self.wrong], passesReports: place == "passing",
                now: Self.start)
            // Nobody hears of a message without a sender.
            #expect(reports.map(\.kind.rawValue) == (sender == nil ? [] : expected))
            #expect(schedule.count == 0)
        }
    }

    @Test("Each destination gets only its recipients, each of which has a fate of its own")
    func destinations() throws {
        var schedule = schedule(message("a", ["bob@example.org", "d@example.com", "e@EXAMPLE.com", "f@example.net"]))
        var seen: [DeliverySchedule.Destination: [String]] = [:]
        while let delivery = schedule.start(now: Self.start) {
            seen[delivery.destination] = delivery.envelope.recipients.map(\.address.description)
            let outcomes = delivery.recipients.enumerated().map { $0.offset == 0 ? Self.fine : Self.busy }
            _ = schedule.finish(delivery, outcomes, passesReports: false, now: Self.start)
            schedule.stop(delivery.destination)
        }
        #expect(
            seen == [
                .local: ["bob@example.org"], .domain("example.com"): ["d@example.com", "e@EXAMPLE.com"],
                .domain("example.net"): ["f@example.net"],
            ])
        let early = schedule.start(now: Self.start + 299)
        #expect(early == nil)
        let startedAgain = schedule.start(now: Self.start + 300)
        let again = try #require(startedAgain)
        #expect(again.envelope.recipients.map(\.address.description) == ["e@EXAMPLE.com"])
    }

    @Test("One destination has only so many connections, each of which takes several messages")
    func concurrency() {
        var schedule = schedule()
        for index in 0..<10 { schedule.insert(message("m\(index)", ["d@example.com"])) }
        schedule.insert(message("n", ["d@example.net"]))
        var deliveries: [DeliverySchedule.Delivery] = []
        while let delivery = schedule.start(now: Self.start) { deliveries.append(delivery) }
        #expect(deliveries.count(where: { $0.destination == .domain("example.com") }) == 4)
        #expect(deliveries.count == 5)
        let next2 = schedule.take(.domain("example.com"), now: Self.start)
        #expect(next2?.message.id == "m4")
        let next3 = schedule.take(.domain("example.net"), now: Self.start)
        #expect(next3 == nil)
    }

    @Test("A destination that cannot be reached is left alone, longer each time, until somebody asks")
    func unreachable() throws {
        var schedule = schedule(message("a", ["d@example.com"]), message("b", ["d@example.com"]))
        let destination = DeliverySchedule.Destination.domain("example.com")
        for (now, wait) in [(0.0, 60.0), (60.0, 120.0)] {
            let startedDelivery = schedule.start(now: Self.start + now)
            let delivery = try #require(startedDelivery)
            schedule.unreachable(destination, now: Self.start + now)
            _ = schedule.finish(delivery, [Self.busy], passesReports: false, now: Self.start + now)
            schedule.stop(destination)
            let early = schedule.start(now: Self.start + now + wait - 1)
            #expect(early == nil)
        }
        let now = Self.start + 100
        let unknown = schedule.retry("c", now: now)
        let known = schedule.retry("a", now: now)
        let delivery = schedule.start(now: now)
        #expect(unknown == .unknown && known == .done && delivery?.message.id == "a")
        let idle = schedule.drop("b")
        #expect(idle == .done && schedule.count == 1 && schedule.message("a") != nil)
    }

    @Test("What is dropped while it is sent goes when that attempt has ended, and no other is begun")
    func droppedUnderWay() throws {
        var schedule = schedule(message("a", (0..<250).map { "u\($0)@example.com" } + ["x@example.net"]))
        let started = schedule.start(now: Self.start)
        let delivery = try #require(started)
        let retried = schedule.retry("a", now: Self.start)
        let first = schedule.drop("a")
        #expect(retried == .underWay && first == .underWay)
        let further = [schedule.take(delivery.destination, now: Self.start), schedule.start(now: Self.start)]
        #expect(further == [nil, nil] && schedule.count == 1)
        let wrong = delivery.recipients.map { _ in Self.wrong }
        // What has failed before is told.
        let reports = schedule.finish(delivery, wrong, passesReports: false, now: Self.start)
        #expect(reports.map(\.kind) == [.failed])
        let second = schedule.drop("a")
        let third = schedule.drop("a")
        #expect(second == .done && third == .unknown && schedule.count == 0 && schedule.octets == 0)
    }

    @Test("A message for many is sent in parts that every host accepts")
    func manyRecipients() {
        var schedule = schedule(message("a", (0..<250).map { "u\($0)@example.com" }))
        var counts: [Int] = []
        while let delivery = schedule.start(now: Self.start) {
            counts.append(delivery.recipients.count)
            _ = schedule.finish(
                delivery, delivery.recipients.map { _ in Self.fine }, passesReports: false, now: Self.start)
            schedule.stop(delivery.destination)
        }
        #expect(counts == [100, 100, 50])
        #expect(schedule.count == 0)
    }
}

@Suite("Randomised delivery schedule")
struct RandomisedDeliveryScheduleTests {
    @Test("Whatever happens, each recipient has one end, and nothing is left over")
    func ends() {
        var generator = SeededGenerator(seed: 3464)
        for _ in 0..<fuzzRounds(default: 60) {
            var schedule = DeliverySchedule(policy: RetryPolicy(), localDomains: ["example.org"])
            var now = Date(timeIntervalSince1970: 0)
            var (pending, ends) = (0, 0)
            var open: [DeliverySchedule.Delivery] = []
            for step in 0..<200 {
                if step < 50, Bool.random(using: &generator) {
                    let recipients = (0..<Int.random(in: 1...5, using: &generator)).compactMap { index in
                        MailAddress(
                            "u\(index)@\(["example.org", "a.example", "b.example"].randomElement(using: &generator) ?? "")"
                        )
                    }
                    schedule.insert(
                        QueuedMessage(
                            id: "m\(step)", received: now, size: 1,
                            envelope: Envelope(sender: nil, recipients: recipients.map { EnvelopeRecipient($0) })))
                    pending += recipients.count
                }
                if let delivery = schedule.start(now: now) { open.append(delivery) }
                if let index = open.indices.randomElement(using: &generator) {
                    let delivery = open.remove(at: index)
                    if Int.random(in: 0..<8, using: &generator) == 0 {
                        schedule.unreachable(delivery.destination, now: now)
                    }
                    let outcomes = delivery.recipients.map { _ -> RecipientOutcome in
                        switch Int.random(in: 0..<3, using: &generator) {
                        case 0: .later(SMTPReply(450, nil, ""))
                        case 1: .failed(SMTPReply(550, nil, ""))
                        default: .delivered(SMTPReply(250, nil, ""))
                        }
                    }
                    ends += outcomes.count { if case .later = $0 { false } else { true } }
                    _ = schedule.finish(delivery, outcomes, passesReports: false, now: now)
                    schedule.stop(delivery.destination)
                }
                now += Double.random(in: 0...3600, using: &generator)
            }
            for delivery in open {
                _ = schedule.finish(
                    delivery, delivery.recipients.map { _ in .delivered(SMTPReply(250, nil, "")) },
                    passesReports: false,
                    now: now)
                schedule.stop(delivery.destination)
                ends += delivery.recipients.count
            }
            while schedule.count > 0 {
                guard let delivery = schedule.start(now: now) else {
                    now += 600
                    continue
                }
                _ = schedule.finish(
                    delivery, delivery.recipients.map { _ in .delivered(SMTPReply(250, nil, "")) },
                    passesReports: false,
                    now: now)
                schedule.stop(delivery.destination)
                ends += delivery.recipients.count
            }
            #expect(ends == pending)
            #expect(schedule.active == 0)
        }
    }
}
