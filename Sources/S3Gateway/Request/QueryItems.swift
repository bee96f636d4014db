// Why this file exists: the query of a request, split once. The raw pieces stay, because signatures are computed
// over what was sent; names and values are decoded only when somebody asks, because most requests ask for little.
// Invariant: every piece is well-formed percent-encoding of UTF-8, so decoding later cannot fail.

/// The parameters of a request in the order in which they were sent.
public struct QueryItems: Sendable {
    /// The most parameters that a request may carry.
    public static let maximumCount = 256

    /// One parameter as it was sent.
    struct Item: Sendable {
        let name: Range<Int>
        /// Nil when there is no `=`.
        let value: Range<Int>?
        /// Whether the name stands for itself.
        let hasPlainName: Bool
        let hasPlainValue: Bool
    }

    // Shared with the head: no bytes are copied.
    let bytes: [UInt8]
    let items: [Item]

    /// Splits the part of `bytes` that lies in `range`.
    /// - Throws: InvalidURI when a piece is not well-formed or not UTF-8; InvalidRequest when there are too many.
    init(_ bytes: [UInt8], in range: Range<Int>) throws(S3Error) {
        self.bytes = bytes
        guard !range.isEmpty else {
            items = []
            return
        }
        var items: [Item] = []
        items.reserveCapacity(8)
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            var equals: Int?
            while end < range.upperBound, bytes[end] != UInt8(ascii: "&") {
                if equals == nil, bytes[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            // Empty pieces (`&&`) mean nothing and are not signed by anybody.
            if end > start {
                guard items.count < QueryItems.maximumCount else {
                    throw S3Error(.invalidRequest, "The request has more than \(QueryItems.maximumCount) parameters.")
                }
                let name = start..<(equals ?? end)
                let value = equals.map { ($0 + 1)..<end }
                items.append(
                    Item(
                        name: name, value: value, hasPlainName: try QueryItems.isPlain(bytes[name]),
                        hasPlainValue: try value.map { range throws(S3Error) in
                            try QueryItems.isPlain(bytes[range])
                        } ?? true))
            }
            start = end + 1
        }
        self.items = items
    }

    /// Whether there are no parameters.
    public var isEmpty: Bool { items.isEmpty }

    /// The decoded value of the first parameter called `name`: nil when there is none, "" when it has no value.
    public func first(_ name: String) -> String? {
        for item in items where isNamed(item, name) { return value(of: item) }
        return nil
    }

    /// Whether there is a parameter called `name`.
    public func contains(_ name: String) -> Bool {
        items.contains { isNamed($0, name) }
    }

    /// All parameters, decoded, in the order in which they were sent.
    public var decoded: [(name: String, value: String?)] {
        items.map { (name(of: $0), $0.value == nil ? nil : value(of: $0)) }
    }

    /// The first parameter whose name is `name` (given in lower case) in any case of its ASCII letters.
    func firstIgnoringCase(_ name: StaticString) -> Item? {
        items.first { isNamedIgnoringCase($0, name) }
    }

    func isNamedIgnoringCase(_ item: Item, _ name: StaticString) -> Bool {
        // An encoded name is the same name: signing and reading must never disagree about which one it is.
        guard item.hasPlainName else { return ASCII.equalIgnoringCase(self.name(of: item), name) }
        guard item.name.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { wanted in
            for index in 0..<wanted.count
            where ASCII.lowercased(bytes[item.name.lowerBound + index]) != wanted[index] { return false }
            return true
        }
    }

    func name(of item: Item) -> String { text(item.name, isPlain: item.hasPlainName) }

    func value(of item: Item) -> String {
        item.value.map { text($0, isPlain: item.hasPlainValue) } ?? ""
    }

    /// The decoded bytes of a value; empty when there is none.
    func valueBytes(of item: Item) -> [UInt8] {
        guard let value = item.value else { return [] }
        if item.hasPlainValue { return Array(bytes[value]) }
        return PercentCoding.decode(bytes[value], plusIsSpace: true) ?? []
    }

    /// A value that stands for a header's: without white space around it.
    func headerValue(of item: Item) -> [UInt8] { Array(ASCII.trimmed(valueBytes(of: item)[...])) }

    private func isNamed(_ item: Item, _ name: String) -> Bool {
        guard item.hasPlainName else { return self.name(of: item) == name }
        return item.name.count == name.utf8.count && bytes[item.name].elementsEqual(name.utf8)
    }

    private func text(_ range: Range<Int>, isPlain: Bool) -> String {
        if isPlain { return String(decoding: bytes[range], as: UTF8.self) }
        return String(decoding: PercentCoding.decode(bytes[range], plusIsSpace: true) ?? [], as: UTF8.self)
    }

    // Whether the piece stands for itself; refuses what could not be decoded later.
    private static func isPlain(_ piece: ArraySlice<UInt8>) throws(S3Error) -> Bool {
        var isPlain = true
        var isASCII = true
        for byte in piece {
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "+") { isPlain = false }
            if byte >= 0x80 { isASCII = false }
        }
        if isPlain && isASCII { return true }
        guard let decoded = PercentCoding.decode(piece, plusIsSpace: true),
            String(validating: decoded, as: UTF8.self) != nil
        else { throw S3Error(.invalidURI) }
        return isPlain
    }
}
