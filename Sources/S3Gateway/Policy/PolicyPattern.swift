// Why this file exists: resources, actions and conditions are written with wildcards and variables. They are taken apart
// once, when a policy is read, so that what comes out of a variable can never become a wildcard.
// Invariant: matching takes at most a sixty-fourth of the product of the two lengths, whatever the pattern.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html

/// A text with wildcards and variables.
struct PolicyPattern: Sendable, Hashable {
    enum Piece: Sendable, Hashable {
        case byte(UInt8)
        /// `?`: one character.
        case anyCharacter
        /// `*`: any number of characters.
        case anyRun
        /// `${key}` or `${key, 'default'}`.
        case variable(ConditionKey, fallback: String?)

        fileprivate var canBeEmpty: Bool {
            switch self {
            case .anyRun, .variable: true
            case .byte, .anyCharacter: false
            }
        }
    }

    /// How the characters `*` and `?` are meant.
    enum Wildcards: Sendable {
        case meant, literal
    }

    private(set) var pieces: [Piece] = []
    private let hasVariables: Bool
    /// Set when the pattern is a text and nothing else.
    private let plain: [UInt8]?

    init(_ pieces: [Piece]) {
        self.pieces = pieces
        var plain: [UInt8]? = []
        var hasVariables = false
        for piece in pieces {
            switch piece {
            case .byte(let byte): plain?.append(byte)
            case .anyCharacter, .anyRun: plain = nil
            case .variable:
                plain = nil
                hasVariables = true
            }
        }
        self.plain = plain
        self.hasVariables = hasVariables
    }

    /// - Parameters:
    ///   - takesVariables: false for version 2008-10-17, where `${` is text like any other.
    /// - Throws: for a variable without an end or a name.
    init(_ text: String, wildcards: Wildcards, takesVariables: Bool) throws(PolicyError) {
        self.init(try PolicyPattern.pieces(of: text, wildcards: wildcards, takesVariables: takesVariables))
    }

    static func pieces(
        of text: String, wildcards: Wildcards, takesVariables: Bool
    ) throws(PolicyError) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            if takesVariables, byte == UInt8(ascii: "$"), rest.dropFirst().first == UInt8(ascii: "{") {
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                    throw PolicyError("Policy has a variable that does not end: \(text.shortened)")
                }
                pieces.append(contentsOf: try variable(rest[(rest.startIndex + 2)..<end], in: text))
                rest = rest[(end + 1)...]
                continue
            }
            switch byte {
            case UInt8(ascii: "*") where wildcards == .meant:
                // Two runs are one.
                if pieces.last != .anyRun { pieces.append(.anyRun) }
            case UInt8(ascii: "?") where wildcards == .meant: pieces.append(.anyCharacter)
            default: pieces.append(.byte(byte))
            }
            rest = rest.dropFirst()
        }
        return pieces
    }

    private static func variable(_ inside: ArraySlice<UInt8>, in text: String) throws(PolicyError) -> [Piece] {
        // `${*}`, `${?}` and `${$}` are the characters themselves.
        if inside.count == 1, let byte = inside.first, "*?$".utf8.contains(byte) { return [.byte(byte)] }
        let invalid = PolicyError("Policy has an invalid variable: \(text.shortened)")
        var name = inside
        var fallback: String?
        if let comma = inside.firstIndex(of: UInt8(ascii: ",")) {
            name = inside[..<comma]
            let quoted = ASCII.trimmed(inside[(comma + 1)...])
            guard quoted.count >= 2, quoted.first == UInt8(ascii: "'"), quoted.last == UInt8(ascii: "'") else {
                throw invalid
            }
            fallback = String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
        }
        name = ASCII.trimmed(name)
        guard !name.isEmpty else { throw invalid }
        return [.variable(ConditionKey(String(decoding: name, as: UTF8.self)), fallback: fallback)]
    }

    /// Whether it has any wildcard or variable: whether it may mean more than one text.
    var isFixed: Bool { plain != nil }

    var plainText: String? { plain.map { String(decoding: $0, as: UTF8.self) } }

    /// The same pattern for texts in lower case.
    var lowercased: PolicyPattern {
        PolicyPattern(
            pieces.map { piece in
                if case .byte(let byte) = piece { return .byte(ASCII.lowercased(byte)) }
                return piece
            })
    }

    /// Whether `text` fits. A variable that has no value, or several, fits nothing.
    func matches(_ text: ArraySlice<UInt8>, in context: some PolicyContext, ignoringCase: Bool = false) -> Bool {
        if let plain { return text.elementsEqual(plain) }
        guard hasVariables else { return PolicyPattern.matches(pieces, text) }
        guard let resolved = resolved(in: context, ignoringCase: ignoringCase) else { return false }
        return PolicyPattern.matches(resolved, text)
    }

    /// Whether some text that begins with `prefix` and goes on fits; variables may be anything.
    func canMatch(beginningWith prefix: [UInt8]) -> Bool {
        // All positions of the pattern that the prefix can lead to, as a set, so that nothing is tried twice.
        var states = afterEmptyPieces([0])
        for byte in prefix {
            var following: Set<Int> = []
            for state in states where state < pieces.count {
                switch pieces[state] {
                case .byte(byte), .anyCharacter: following.insert(state + 1)
                case .byte: break
                case .anyRun, .variable: following.insert(state)
                }
            }
            states = afterEmptyPieces(following)
        }
        return !states.isEmpty
    }

    private func afterEmptyPieces(_ states: Set<Int>) -> Set<Int> {
        var reached = states
        for state in states {
            var state = state
            while state < pieces.count, pieces[state].canBeEmpty {
                state += 1
                reached.insert(state)
            }
        }
        return reached
    }

    private func resolved(in context: some PolicyContext, ignoringCase: Bool) -> [Piece]? {
        var resolved: [Piece] = []
        resolved.reserveCapacity(pieces.count + 32)
        for piece in pieces {
            guard case .variable(let key, let fallback) = piece else {
                resolved.append(piece)
                continue
            }
            let value: String
            if let values = context.values(of: key), !values.isEmpty {
                guard values.count == 1 else { return nil }
                value = values[0]
            } else {
                guard let fallback else { return nil }
                value = fallback
            }
            for byte in value.utf8 { resolved.append(.byte(ignoringCase ? ASCII.lowercased(byte) : byte)) }
        }
        return resolved
    }

    // On a mismatch the last run takes one byte more: earlier runs never need to be tried again. Patterns that people
    // write are done in about as many steps as there are bytes; one that needs many more is made to need them.
    private static func matches(_ pieces: [Piece], _ text: ArraySlice<UInt8>) -> Bool {
        if pieces.count == 1, pieces[0] == .anyRun { return true }
        var stepsLeft = 8 * (pieces.count + text.count)
        var piece = 0
        var position = text.startIndex
        var run: (piece: Int, position: Int)?
        while position < text.endIndex {
            stepsLeft -= 1
            guard stepsLeft >= 0 else { return PatternStates(pieces).match(text) }
            if piece < pieces.count {
                switch pieces[piece] {
                case .byte(let byte) where byte == text[position]:
                    piece += 1
                    position += 1
                    continue
                case .anyCharacter where text[position] & 0xC0 != 0x80:
                    piece += 1
                    position += 1
                    while position < text.endIndex, text[position] & 0xC0 == 0x80 { position += 1 }
                    continue
                case .anyRun:
                    run = (piece, position)
                    piece += 1
                    continue
                default: break
                }
            }
            guard let last = run else { return false }
            run = (last.piece, last.position + 1)
            piece = last.piece + 1
            position = last.position + 1
        }
        while piece < pieces.count, pieces[piece] == .anyRun { piece += 1 }
        return piece == pieces.count
    }
}
