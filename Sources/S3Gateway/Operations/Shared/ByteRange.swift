// Why this file exists: the `Range` header and what of an object it names. What cannot be understood is ignored, as
// RFC 9110 section 14.2 says and S3 does; several ranges at once are not served by S3 and give the whole object.

/// One range as a client asks for it, before the size of the object is known.
enum ByteRange: Equatable, Sendable {
    /// `bytes=first-last`, both inclusive.
    case closed(first: Int64, last: Int64)
    /// `bytes=first-`
    case from(Int64)
    /// `bytes=-count`: the last bytes.
    case suffix(Int64)

    /// What a range comes to for one object.
    enum Resolved: Equatable {
        case bytes(Range<Int64>)
        /// 416: the range names no byte of the object.
        case unsatisfiable
    }

    /// Reads the header's value; nil when the range is to be ignored.
    init?(_ text: some Collection<UInt8>) {
        var rest = Array(text)[...]
        for expected in "bytes".utf8 {
            guard let byte = rest.popFirst(), byte | 0x20 == expected else { return nil }
        }
        rest = rest.drop { $0 == 32 }
        guard rest.popFirst() == UInt8(ascii: "=") else { return nil }
        rest = rest.drop { $0 == 32 }
        let first = ByteRange.number(&rest)
        guard rest.popFirst() == UInt8(ascii: "-") else { return nil }
        let last = ByteRange.number(&rest)
        rest = rest.drop { $0 == 32 }
        guard rest.isEmpty else { return nil }
        switch (first, last) {
        case (.none, .none): return nil
        case (.some(let first), .none): self = .from(first)
        case (.none, .some(let last)): self = .suffix(last)
        case (.some(let first), .some(let last)):
            guard first <= last else { return nil }
            self = .closed(first: first, last: last)
        }
    }

    /// Digits; a number beyond Int64 counts as its greatest value, which is beyond every object too.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        var found = false
        while let byte = rest.first, byte >= 48, byte <= 57 {
            found = true
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowedAgain) = product.addingReportingOverflow(Int64(byte - 48))
            value = overflowed || overflowedAgain ? .max : sum
            rest.removeFirst()
        }
        return found ? value : nil
    }

    /// The bytes that the range names of an object of `size` bytes.
    func resolve(size: Int64) -> Resolved {
        switch self {
        case .closed(let first, let last):
            return first < size ? .bytes(first..<(min(last, size - 1) + 1)) : .unsatisfiable
        case .from(let first):
            return first < size ? .bytes(first..<size) : .unsatisfiable
        case .suffix(let count):
            return count > 0 && size > 0 ? .bytes(max(0, size - count)..<size) : .unsatisfiable
        }
    }
}
