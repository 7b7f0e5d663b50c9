import Dispatch
import NIOPosix
import Synchronization
import Testing

@testable import MailStore

/// What pieces of work note.
private final class Notes: Sendable {
    private let running = Mutex(0)
    private let noted = Mutex<[Int]>([])
    private let released = DispatchSemaphore(value: 0)

    /// - Returns: how many do it at once.
    func begin() -> Int {
        running.withLock { running in
            running += 1
            return running
        }
    }

    func end(_ number: Int) {
        noted.withLock { $0.append(number) }
        running.withLock { $0 -= 1 }
    }

    var done: [Int] { noted.withLock { $0 } }

    func release() { released.signal() }

    /// Waits as for a lock that another process has.
    func waitForRelease() { released.wait() }
}

@Suite("Work that is done one after another")
struct SerialWorkTests {
    @Test("is done one piece at a time, and tells what came of it")
    func order() async throws {
        let threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
        let work = SerialWork(on: threads)
        let notes = Notes()
        let results = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await work.run {
                        #expect(notes.begin() == 1)
                        notes.end(number)
                        return number
                    }
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(results.sorted() == Array(0..<200))
        #expect(notes.done.sorted() == Array(0..<200))
        await #expect(throws: MailStoreError.self) { try await work.run { throw MailStoreError(.exists, "there") } }
        try await threads.shutdownGracefully()
    }

    @Test("holds one thread at most: others go on while it waits for something")
    func threads() async throws {
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let (held, other) = (SerialWork(on: threads), SerialWork(on: threads))
        let notes = Notes()
        let (began, beginning) = AsyncStream.makeStream(of: Void.self)
        async let first: Void = held.run {
            beginning.yield()
            notes.waitForRelease()
        }
        for await _ in began { break }
        async let rest = withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try? await held.run {} } }
        }
        for _ in 0..<20 { try await other.run {} }
        notes.release()
        _ = try await (first, rest)
        try await threads.shutdownGracefully()
    }

    @Test("is done even when nobody waits for it any more")
    func cancellation() async throws {
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let work = SerialWork(on: threads)
        let notes = Notes()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await work.run { notes.end(1) }
        }
        try await task.value
        #expect(notes.done == [1])
        try await threads.shutdownGracefully()
    }
}
