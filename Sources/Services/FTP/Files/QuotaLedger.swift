internal import Synchronization

/// How much the files below a root have together, for all sessions that store there: what one has taken the others cannot.
///
/// Counted on the disk when the first of several uploads begins, and kept up from then on until the last has ended.
final class QuotaLedger: Sendable {
    private struct State {
        var used: Int64 = 0
        var uploads = 0
    }

    private struct Root: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    private struct Known {
        weak var ledger: QuotaLedger?
    }

    private static let known = Mutex<[Root: Known]>([:])

    private let state = Mutex(State())

    private init() {}

    /// The one of a root, however often it was opened.
    static func of(_ root: FileInformation) -> QuotaLedger {
        known.withLock { known in
            let root = Root(device: root.device, inode: root.inode)
            if let ledger = known[root]?.ledger { return ledger }
            known = known.filter { $0.value.ledger != nil }
            let ledger = QuotaLedger()
            known[root] = Known(ledger: ledger)
            return ledger
        }
    }

    /// Counts one more upload.
    ///
    /// - Parameters:
    ///   - quota: octets that there may be in all.
    ///   - measure: counts what is on the disk.
    /// - Throws: `FileError.quotaExceeded` when nothing is left.
    func begin(quota: Int64, measure: () -> Int64) throws(FileError) -> QuotaShare {
        let isFull = state.withLock { state in
            if state.uploads == 0 { state.used = measure() }
            guard state.used < quota else { return true }
            state.uploads += 1
            return false
        }
        if isFull { throw .quotaExceeded }
        return QuotaShare(self, quota: quota)
    }

    fileprivate func take(_ octets: Int64, quota: Int64) -> Bool {
        state.withLock { state in
            guard octets <= quota - state.used else { return false }
            state.used += octets
            return true
        }
    }

    /// Tells that octets are gone from the disk.
    func release(_ octets: Int64) {
        state.withLock { $0.used = max(0, $0.used - octets) }
    }

    fileprivate func end() {
        state.withLock { $0.uploads -= 1 }
    }
}

/// What one upload has taken of a quota.
final class QuotaShare: Sendable {
    private let ledger: QuotaLedger
    private let quota: Int64
    private let taken = Mutex<Int64>(0)

    fileprivate init(_ ledger: QuotaLedger, quota: Int64) {
        self.ledger = ledger
        self.quota = quota
    }

    /// Takes room for more, before it is written.
    ///
    /// - Throws: `FileError.quotaExceeded`.
    func take(_ octets: Int64) throws(FileError) {
        guard ledger.take(octets, quota: quota) else { throw .quotaExceeded }
        taken.withLock { $0 += octets }
    }

    /// Counts octets as taken by this one that are on the disk already.
    func adopt(_ octets: Int64) { taken.withLock { $0 += octets } }

    /// Leaves on the disk what was taken: it is not given back.
    func keep() { taken.withLock { $0 = 0 } }

    /// Gives everything back: the upload is gone.
    func giveBack() {
        let octets = taken.withLock { taken in
            defer { taken = 0 }
            return taken
        }
        ledger.release(octets)
    }

    /// Tells that the upload took the place of a file of that many octets.
    func replaced(_ octets: Int64) { ledger.release(octets) }

    deinit { ledger.end() }
}
