// Why this file exists: nobody's questions keep others from asking.
import Testing

@testable import S3Gateway

@Suite struct QuestionGateTests {
    private func fill(_ gate: QuestionGate, _ account: String) -> Int {
        var count = 0
        while gate.enter(account) { count += 1 }
        return count
    }

    @Test("one account takes half of the places, and whoever comes finds some", arguments: [1, 2, 7, 32])
    func share(places: Int) {
        let gate = QuestionGate(places: places)
        var free = places
        for account in ["one", "two", "three"] where free > 0 {
            let taken = fill(gate, account)
            #expect(taken == (free + 1) / 2)
            free -= taken
        }
        #expect(!gate.enter("one"))
    }

    @Test("places that were given back are there again, for everybody")
    func back() {
        let gate = QuestionGate(places: 4)
        #expect(fill(gate, "one") == 2)
        #expect(fill(gate, "two") == 1)
        for _ in 0..<2 { gate.leave("one") }
        #expect(fill(gate, "two") == 1)
        for _ in 0..<2 { gate.leave("two") }
        gate.leave("two")
        #expect(fill(gate, "one") == 2)
    }
}
