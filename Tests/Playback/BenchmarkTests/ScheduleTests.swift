import Adaptation
import NetworkEmulation
import Testing

@testable import Benchmark

@Suite("The order of sessions")
struct ScheduleTests {
    @Test("is plan by plan, mode by mode, profile by profile, rule by rule, client by client, each with its seed")
    func order() throws {
        let profiles = try ProfileCatalogue.list("square,4g,3g:seed=40", seed: 7, seeds: 2)
        #expect(profiles.map(\.name) == ["square", "4g:seed=7", "4g:seed=8", "3g:seed=40"])
        let plans = try ["http://h/a.mpd", "http://h/b.mpd"].map { url in
            BenchmarkPlan(
                url: url, rules: try RuleSpecification.list("fixed,bba-0"), profiles: profiles, clients: 2, seed: 7)
        }
        let schedule = BenchmarkSchedule(plans: plans, modes: [.simulated, .real])
        #expect(schedule.identities.count == 2 * (16 + 16))
        #expect(schedule.parts.map(\.places) == [0..<16, 16..<32, 32..<48, 48..<64])
        for mode in [0, 16] {
            let sessions = schedule.identities[mode..<mode + 16]
            #expect(sessions.map(\.seed) == [7, 8, 40].flatMap { Array(repeating: $0, count: $0 == 7 ? 8 : 4) })
            #expect(sessions.prefix(4).map(\.client) == [1, 2, 1, 2])
            #expect(sessions.prefix(4).map(\.rule) == ["fixed", "fixed", "bba-0", "bba-0"])
        }
        for place in schedule.identities.indices {
            #expect(schedule.profile(at: place)?.name == schedule.identities[place].profile)
        }
        #expect(schedule.profile(at: 64) == nil)
    }

    @Test("is restored from any order of ending")
    func reordering() {
        var results = OrderedResults<String>(from: 2)
        #expect(results.add("d", at: 3).isEmpty)
        #expect(results.add("c", at: 2) == ["c", "d"])
        #expect(results.given == 4)
        #expect(results.add("e", at: 4) == ["e"])
    }
}
