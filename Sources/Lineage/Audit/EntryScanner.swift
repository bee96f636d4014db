// Why this file exists: an audit reads every entry of a journal, and needs a handful of its members. This reads an entry
// once, where it lies, and allocates nothing: it decides whether the entry is canonical JSON (RFC 8785) and finds those
// members on the way.
//
// Invariant: what it takes, `CanonicalJSON` takes, with the same values; what it cannot decide (names that are not ASCII)
// it leaves to `CanonicalJSON`. It is stricter in one thing: two members of one name are refused (RFC 7493, section 2.3),
// since readers may disagree about which of them counts.
import ObjectCore

/// What an entry does to the versions that exist.
enum EntryEffect: Sendable {
    /// It makes a version with content, or a delete marker.
    case version
    case marker
    /// It destroys the version that it names.
    case destruction
    /// It is about buckets, locks, identities, snapshots, digests, pruned entries or erased names, and is decoded for
    /// them.
    case decoded
    /// It is about something that an audit does not replay.
    case none

    private static let effects: [(String, EntryEffect)] = [
        (JournalKind.objectPut.rawValue, .version), (JournalKind.objectCopied.rawValue, .version),
        (JournalKind.objectAssembled.rawValue, .version), (JournalKind.markerCreated.rawValue, .marker),
        (JournalKind.versionDeleted.rawValue, .destruction), (JournalKind.versionErased.rawValue, .destruction),
        (JournalKind.snapshotCreated.rawValue, .decoded), (JournalKind.snapshotDeleted.rawValue, .decoded),
        (JournalKind.identitySet.rawValue, .decoded), (JournalKind.identityRemoved.rawValue, .decoded),
        (JournalKind.keyCreated.rawValue, .decoded), (JournalKind.keyRevoked.rawValue, .decoded),
        (JournalKind.keyStatusSet.rawValue, .decoded), (JournalKind.sessionIssued.rawValue, .decoded),
        (JournalKind.journalPruned.rawValue, .decoded), (JournalKind.objectDigested.rawValue, .decoded),
        (JournalKind.bucketCreated.rawValue, .decoded), (JournalKind.bucketDeleted.rawValue, .decoded),
        (JournalKind.bucketVersioning.rawValue, .decoded), (JournalKind.bucketSettingSet.rawValue, .decoded),
        (JournalKind.bucketLocked.rawValue, .decoded), (JournalKind.pastForgotten.rawValue, .decoded),
        (JournalKind.retentionSet.rawValue, .decoded), (JournalKind.legalHoldSet.rawValue, .decoded),
        (JournalKind.lineageDeclared.rawValue, .decoded),
        (JournalKind.namesErased.rawValue, .decoded),
    ]

    /// A kind as three words, so that it is compared without a loop. No kind above is longer.
    private struct Packed: Equatable {
        var low: UInt64 = 0
        var middle: UInt64 = 0
        var high: UInt64 = 0

        init?(_ kind: some RandomAccessCollection<UInt8>) {
            guard kind.count <= 24 else { return nil }
            for (place, byte) in kind.enumerated() {
                switch place / 8 {
                case 0: low |= UInt64(byte) << UInt64(8 * place)
                case 1: middle |= UInt64(byte) << UInt64(8 * place - 64)
                default: high |= UInt64(byte) << UInt64(8 * place - 128)
                }
            }
        }
    }

    private static let table = effects.compactMap { kind, effect in
        Packed(Array(kind.utf8)).map { (packed: $0, effect: effect) }
    }

    init(_ kind: UnsafeRawBufferPointer) {
        let packed = Packed(kind)
        for known in EntryEffect.table where known.packed == packed {
            self = known.effect
            return
        }
        self = .none
    }
}

/// The members of an entry that an audit compares. Texts are views of the entry.
struct EntryFacts {
    var at: Int64?
    var effect: EntryEffect?
    var replaces: Int64?
    var version: Int64?
    var size: Int64?
    var bucketID: UnsafeRawBufferPointer?
    var key: UnsafeRawBufferPointer?
    var keyHex: UnsafeRawBufferPointer?
    var etag: UnsafeRawBufferPointer?
    var sha256: UnsafeRawBufferPointer?
    /// The commitment in the place of the key.
    var keyCommitment: UnsafeRawBufferPointer?
    /// It has commitments, and is decoded for them.
    var hasCommitments = false
    /// A text among them is written with escapes, so its view is not its value.
    var hasEscapes = false
}

/// Reads one entry.
struct EntryScanner {
    enum Outcome {
        case facts(EntryFacts)
        /// It is not canonical JSON.
        case malformed
        /// The scanner does not decide.
        case unsure
    }

    private static let depthMaximum = 16

    private let start: UnsafeRawPointer
    private let count: Int
    private var position = 0
    private var isUnsure = false
    private var facts = EntryFacts()

    static func scan(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard let start = bytes.baseAddress, bytes.count > 1 else { return .malformed }
        var scanner = EntryScanner(start: start, count: bytes.count)
        guard scanner.byte == UInt8(ascii: "{") else {
            return scanner.value(depth: 0) && scanner.position == scanner.count ? .unsure : .malformed
        }
        let isWhole = scanner.object(depth: 0, isEntry: true) && scanner.position == scanner.count
        if scanner.isUnsure { return .unsure }
        return isWhole ? .facts(scanner.facts) : .malformed
    }

    private init(start: UnsafeRawPointer, count: Int) {
        self.start = start
        self.count = count
    }

    /// The byte at the position; 0, which stands nowhere in canonical JSON, behind the end.
    private var byte: UInt8 { position < count ? start.load(fromByteOffset: position, as: UInt8.self) : 0 }

    private mutating func take(_ expected: UInt8) -> Bool {
        guard byte == expected else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) -> Bool {
        guard depth < EntryScanner.depthMaximum else { return false }
        switch byte {
        case UInt8(ascii: "\""): return string() != nil
        case UInt8(ascii: "{"): return object(depth: depth, isEntry: false)
        case UInt8(ascii: "["):
            position += 1
            if take(UInt8(ascii: "]")) { return true }
            repeat { guard value(depth: depth + 1) else { return false } } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "]"))
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        default: return number() != nil
        }
    }

    private mutating func word(_ text: StaticString) -> Bool {
        for index in 0..<text.utf8CodeUnitCount where !take(text.utf8Start[index]) { return false }
        return true
    }

    /// Members in ascending order of their names. See: RFC 8785 section 3.2.3.
    private mutating func object(depth: Int, isEntry: Bool) -> Bool {
        position += 1
        if take(UInt8(ascii: "}")) { return true }
        var last: UnsafeRawBufferPointer?
        repeat {
            guard let name = string(), take(UInt8(ascii: ":")) else { return false }
            // By UTF-16 code units, which is the order of bytes for ASCII alone.
            if name.hasEscapes || !name.isASCII { isUnsure = true }
            if let last, !EntryScanner.precedes(last, name.bytes) { return false }
            last = name.bytes
            guard isEntry ? member(name.bytes) : value(depth: depth + 1) else { return false }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    private static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let common = min(left.count, right.count)
        var index = 0
        while index < common, left[index] == right[index] { index += 1 }
        return index < common ? left[index] < right[index] : left.count < right.count
    }

    private mutating func member(_ name: UnsafeRawBufferPointer) -> Bool {
        let isText = byte == UInt8(ascii: "\"")
        let isNumber = byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte)
        guard isText || isNumber else { return value(depth: 1) }
        if isNumber {
            guard let number = number() else { return false }
            if EntryScanner.equals(name, "at") {
                facts.at = number
            } else if EntryScanner.equals(name, "size") {
                facts.size = number
            } else if EntryScanner.equals(name, "replaces") {
                facts.replaces = number
            } else if EntryScanner.equals(name, "version") {
                facts.version = number
            }
            return true
        }
        guard let text = string() else { return false }
        switch name.count {
        case 3:
            if EntryScanner.equals(name, "key") {
                facts.key = text.bytes
                facts.hasEscapes = facts.hasEscapes || text.hasEscapes
            }
        case 4:
            if EntryScanner.equals(name, "etag") {
                facts.etag = text.bytes
                facts.hasEscapes = facts.hasEscapes || text.hasEscapes
            } else if EntryScanner.equals(name, "kind") {
                // An escape is in no kind.
                facts.effect = EntryEffect(text.bytes)
            }
        case 6:
            if EntryScanner.equals(name, "keyHex") {
                facts.keyHex = text.bytes
                facts.hasEscapes = facts.hasEscapes || text.hasEscapes
            } else if EntryScanner.equals(name, "sha256") {
                facts.sha256 = text.bytes
                facts.hasEscapes = facts.hasEscapes || text.hasEscapes
            }
        case 8:
            if EntryScanner.equals(name, "bucketId") {
                facts.bucketID = text.bytes
                facts.hasEscapes = facts.hasEscapes || text.hasEscapes
            }
        // None of the longer names is compared, but those of commitments tell that there are some.
        case 13...: if EntryScanner.ends(name, with: "Commitment") { facts.hasCommitments = true }
        default: break
        }
        return true
    }

    private static func ends(_ name: UnsafeRawBufferPointer, with text: StaticString) -> Bool {
        let start = name.count - text.utf8CodeUnitCount
        guard start >= 0 else { return false }
        for index in 0..<text.utf8CodeUnitCount where name[start + index] != text.utf8Start[index] { return false }
        return true
    }

    private static func equals(_ name: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard name.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<name.count where name[index] != text.utf8Start[index] { return false }
        return true
    }

    /// A number as `String(Int64)` writes it.
    private mutating func number() -> Int64? {
        let isNegative = take(UInt8(ascii: "-"))
        guard (0x30...0x39).contains(byte) else { return nil }
        if byte == 0x30 {
            position += 1
            return isNegative || (0x30...0x39).contains(byte) ? nil : 0
        }
        var value: Int64 = 0
        while (0x30...0x39).contains(byte) {
            let digit = Int64(byte - 0x30)
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) =
                isNegative
                ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            guard !isTooLarge, !isBeyond else { return nil }
            value = sum
            position += 1
        }
        return value
    }

    private struct Text {
        var bytes: UnsafeRawBufferPointer
        var hasEscapes: Bool
        var isASCII: Bool
    }

    /// A string whose every character is written as RFC 8785 section 3.2.2.2 has it.
    private mutating func string() -> Text? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let first = position
        var hasEscapes = false
        var isASCII = true
        while true {
            passPlain()
            guard position < count else { return nil }
            switch byte {
            case UInt8(ascii: "\""):
                let bytes = UnsafeRawBufferPointer(start: start + first, count: position - first)
                position += 1
                if !isASCII, String(validating: bytes, as: UTF8.self) == nil { return nil }
                return Text(bytes: bytes, hasEscapes: hasEscapes, isASCII: isASCII)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                guard escape() else { return nil }
            case 0..<0x20: return nil
            default:
                isASCII = false
                position += 1
            }
        }
    }

    /// Passes over bytes that stand for themselves: ASCII but control characters, quotation mark and backslash.
    private mutating func passPlain() {
        // Eight at a time: the lowest byte of `found` that is not zero tells the first that is none of them.
        while position + 8 <= count {
            let word = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quote = word ^ 0x2222_2222_2222_2222
            let backslash = word ^ 0x5c5c_5c5c_5c5c_5c5c
            let found =
                ((word &- 0x2020_2020_2020_2020) & ~word | (quote &- 0x0101_0101_0101_0101) & ~quote
                    | (backslash &- 0x0101_0101_0101_0101) & ~backslash | word) & 0x8080_8080_8080_8080
            guard found == 0 else {
                position += found.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < count, byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            position += 1
        }
    }

    private mutating func escape() -> Bool {
        position += 1
        let kind = byte
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "t"), UInt8(ascii: "n"),
            UInt8(ascii: "f"), UInt8(ascii: "r"):
            return true
        case UInt8(ascii: "u"):
            // Control characters that have no shorter form, in lower case.
            guard take(0x30), take(0x30), byte == 0x30 || byte == 0x31 else { return false }
            let high = byte - 0x30
            position += 1
            let digit = byte
            position += 1
            let low: UInt8
            switch digit {
            case 0x30...0x39: low = digit - 0x30
            case UInt8(ascii: "a")...UInt8(ascii: "f"): low = digit - UInt8(ascii: "a") + 10
            default: return false
            }
            return ![8, 9, 10, 12, 13].contains(high << 4 | low)
        default: return false
        }
    }
}
