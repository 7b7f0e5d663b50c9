import HTTPCache
import Testing

@Suite("Coalescing")
struct CoalescingTests {
    @Test("The first leads, the others join, until it ends")
    func joining() {
        var table = CoalescingTable<String, Int>()
        func join(_ key: String, _ flight: Int) -> String {
            let (joined, leads) = table.join(key) { flight }
            return "\(joined) \(leads)"
        }
        #expect(join("a", 1) == "1 true")
        #expect(join("a", 2) == "1 false")
        #expect(join("b", 3) == "3 true")
        table.end("a")
        #expect(join("a", 4) == "4 true")
    }

    @Test("What is not for sharing is remembered for a while")
    func unshared() {
        var table = CoalescingTable<String, Int>()
        table.markUnshared("a", until: 10)
        let answers = [9.0, 10].map { table.isUnshared("a", at: $0) }
        #expect(answers == [true, false])
        table.markUnshared("a", until: 30)
        table.markShared("a")
        let forgotten = !table.isUnshared("a", at: 11)
        #expect(forgotten)
    }

    @Test("A body is read at any offset while it grows")
    func growingBody() {
        var body = GrowingBody<String>()
        for piece in ["abc", "d", "efgh"] { body.append(piece, count: piece.utf8.count) }
        #expect(body.end == 8)
        let found = (0..<8).map { body.piece(at: $0).map { $0.piece.utf8.dropFirst($0.offset).first } }
        #expect(found == Array("abcdefgh".utf8))
        #expect(body.piece(at: 8) == nil)
        body.drop(before: 4)
        #expect(body.start == 4)
        #expect(body.count == 4)
        #expect(body.piece(at: 3) == nil)
        #expect(body.piece(at: 5)! == ("efgh", 1))
        #expect(body.pieces == ["efgh"])
    }

    @Test("Long bodies let go of their front")
    func longBody() {
        var body = GrowingBody<Int>()
        for index in 0..<1000 {
            body.append(index, count: 10)
            body.drop(before: index * 10)
            #expect(body.piece(at: index * 10 + 3)! == (index, 3))
        }
        #expect(body.count == 10)
        var whole = GrowingBody<Int>()
        for index in 0..<5 { whole.append(index, count: 10) }
        whole.consolidate(99)
        #expect(whole.piece(at: 42)! == (99, 42))
    }
}
