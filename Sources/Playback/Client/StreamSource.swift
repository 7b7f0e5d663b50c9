import Adaptation
import Presentation

/// Where a medium's segments come from: the versions that there are, the rule that chooses among them, and what could not
/// be had.
struct StreamSource: Sendable {
    /// The medium in every period that has some, and the index of the one that is being fetched.
    private let timelines: [MediaTimeline]
    private(set) var period = -1
    /// Versions whose initialization segment is here.
    var initialized: [Bool] = []

    /// Chooses the version; nil where there is nothing to choose.
    var rule: (any RateDetermination)?
    /// How the latest transfers went, kept while a further period will need a rule that knows of them.
    var transfers: [TransferReport] = []
    /// The version of the segment before, by identifier.
    var previousID: String?
    /// What the response to the request under way said.
    var facts = ResponseFacts()
    var missing = MissingVersions()
    /// Why nothing more of this medium will come.
    var failure: String?

    /// - Parameter timelines: of all periods; not empty.
    init(_ timelines: [MediaTimeline]) {
        self.timelines = timelines
    }

    var isInLastPeriod: Bool { period + 1 >= timelines.count }

    /// Turns to the next period and gives its timeline.
    mutating func enterNextPeriod() -> MediaTimeline {
        period += 1
        initialized = timelines[period].tracks.map { $0.initialization == nil }
        return timelines[period]
    }

    /// Lets a fresh rule choose from now on, which learns how the latest transfers went.
    mutating func setRule(_ rule: (any RateDetermination)?, versions: Int) {
        self.rule = rule
        for var transfer in transfers {
            transfer.index = min(transfer.index, versions - 1)
            self.rule?.observe(transfer)
        }
    }

    /// The version nearest below `track` that the next segment is not known to be missing in, else the nearest above.
    func available(_ track: Int) -> Int {
        guard !missing.tracks.isEmpty, missing.tracks.contains(track) else { return track }
        let lower = (0..<track).last { !missing.tracks.contains($0) }
        return lower ?? timelines[period].tracks.indices.first { !missing.tracks.contains($0) } ?? track
    }
}

/// Versions of the segment that is being fetched which servers say do not exist, or send nothing but damage for.
struct MissingVersions: Sendable {
    /// Locations that said so of the version that is asked for now.
    var locations: Set<Int> = []
    /// Versions that exist nowhere.
    var tracks: Set<Int> = []
    /// Locations that sent something else for the version that is asked for now, and how often any of them did.
    private var damagedLocations: Set<Int> = []
    private(set) var damageCount = 0

    /// Notes why a request at a location came to nothing.
    mutating func note(_ failure: RequestFailure, at location: Int) {
        if failure.isMissing { locations.insert(location) }
        guard failure.isDamage else { return }
        damagedLocations.insert(location)
        damageCount += 1
    }

    /// Whether none of `count` locations has the version whole. What is damaged is asked for twice, since damage may pass.
    func isDamaged(at count: Int) -> Bool {
        damageCount >= 2 && locations.union(damagedLocations).count >= count
    }

    /// Nothing is known of the next segment. Most often nothing was of the one before either.
    mutating func forget() {
        forgetLocations()
        if !tracks.isEmpty { tracks = [] }
    }

    mutating func forgetLocations() {
        if !locations.isEmpty { locations = [] }
        guard damageCount > 0 else { return }
        damagedLocations = []
        damageCount = 0
    }
}
