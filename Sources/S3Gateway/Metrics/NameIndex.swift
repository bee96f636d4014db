// Why this file exists: an operation's name arrives as a StaticString on every request; making a String of it to ask
// a Dictionary would allocate. This table hashes the bytes where they lie.

/// Numbers a fixed set of names, and finds a name's number without allocating.
struct NameIndex: Sendable {
    /// In the order of their numbers.
    let names: [String]
    private let bytes: [[UInt8]]
    /// Open addressing with linear probing; -1 is free. At least half of it is free, so that a search ends.
    private let slots: [Int32]

    init(_ names: [String]) {
        self.names = names
        bytes = names.map { Array($0.utf8) }
        var size = 16
        while size < names.count * 2 { size *= 2 }
        var slots = [Int32](repeating: -1, count: size)
        for (number, name) in bytes.enumerated() {
            var slot = Int(truncatingIfNeeded: name.withUnsafeBufferPointer(NameIndex.hash)) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int32(number)
        }
        self.slots = slots
    }

    func number(of name: StaticString) -> Int? {
        guard name.hasPointerRepresentation else { return nil }
        return name.withUTF8Buffer(number(of:))
    }

    func number(of name: String) -> Int? {
        var name = name
        return name.withUTF8(number(of:))
    }

    private func number(of name: UnsafeBufferPointer<UInt8>) -> Int? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: NameIndex.hash(name)) & mask
        while slots[slot] >= 0 {
            let candidate = bytes[Int(slots[slot])]
            if candidate.count == name.count && candidate.elementsEqual(name) { return Int(slots[slot]) }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// FNV-1a, 64 bits. The names are ours, so nobody can choose colliding ones.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
    }
}
