import Synchronization

/// Numbers that callbacks report, in their order.
final class Counter: Sendable {
    private let numbers = Mutex<[Int]>([])

    var values: [Int] { numbers.withLock { $0 } }

    func append(_ number: Int) { numbers.withLock { $0.append(number) } }
}
