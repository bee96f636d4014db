// Why this file exists: trying a run of a pattern again at every byte costs the product of the two lengths, which whoever
// writes a policy can make tens of milliseconds for one question, and asks a thousand in one request. All places of the
// pattern that a text can have led to are one set of bits here, moved on by a few words for each byte, so that the worst
// pattern costs a sixty-fourth.
// See: Baeza-Yates and Gonnet, "A new approach to text searching", https://doi.org/10.1145/135239.135243

/// The places of a pattern without variables, as sets of bits.
struct PatternStates {
    private typealias Words = [UInt64]

    /// Where a byte leads on from, by byte; bytes that the pattern does not have are those of `anyCharacter` alone.
    private var leads: [UInt8: Words] = [:]
    private var anyCharacter: Words
    /// Places behind a run: any byte may stay there.
    private var stays: Words
    /// Places behind a `?`: the rest of a character of several bytes stays there.
    private var continues: Words
    private var end = 0
    private let words: Int

    init(_ pieces: [PolicyPattern.Piece]) {
        let words = pieces.count / 64 + 1
        self.words = words
        let none = Words(repeating: 0, count: words)
        anyCharacter = none
        stays = none
        continues = none
        for piece in pieces {
            switch piece {
            case .anyRun: PatternStates.insert(end, into: &stays)
            case .anyCharacter:
                PatternStates.insert(end, into: &anyCharacter)
                end += 1
                PatternStates.insert(end, into: &continues)
            case .byte(let byte):
                PatternStates.insert(end, into: &leads[byte, default: none])
                end += 1
            case .variable: break
            }
        }
    }

    private static func insert(_ place: Int, into set: inout Words) { set[place / 64] |= 1 << UInt64(place % 64) }

    /// Whether all of `text` leads to the end of the pattern.
    func match(_ text: ArraySlice<UInt8>) -> Bool {
        var places = Words(repeating: 0, count: words)
        places[0] = 1
        let none = places.map { _ in UInt64(0) }
        for byte in text {
            let isContinuation = byte & 0xC0 == 0x80
            let lead = leads[byte] ?? none
            var carry: UInt64 = 0
            var isAny: UInt64 = 0
            for word in 0..<words {
                let now = places[word]
                let moving = now & (lead[word] | (isContinuation ? 0 : anyCharacter[word]))
                let staying = now & (stays[word] | (isContinuation ? continues[word] : 0))
                places[word] = moving << 1 | carry | staying
                carry = moving >> 63
                isAny |= places[word]
            }
            guard isAny != 0 else { return false }
        }
        return places[end / 64] & (1 << UInt64(end % 64)) != 0
    }
}
