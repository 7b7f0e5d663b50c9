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
        #expect(schedule.identities.count == 2 * (8 + 16))
        #expect(schedule.parts.map(\.places) == [0..<8, 8..<24, 24..<32, 32..<48])
        #expect(schedule.identities[0..<8].map(\.seed) == [7, 7, 7, 7, 8, 8, 40, 40])
        #expect(schedule.identities[8..<12].map(\.client) == [1, 2, 1, 2])
        #expect(schedule.identities[8..<12].map(\.rule) == ["fixed", "fixed", "bba-0", "bba-0"])
        for place in schedule.identities.indices {
            #expect(schedule.profile(at: place)?.name == schedule.identities[place].profile)
        }
        #expect(schedule.profile(at: 48) == nil)
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
