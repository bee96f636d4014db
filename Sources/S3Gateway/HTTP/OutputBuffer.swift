// Why this file exists: responses are put together in one buffer that each event loop keeps, so that a head and a
// small body leave with one system call and without an allocation. A [UInt8] would do, but for the cost of its
// uniqueness and bounds checks on each short append.
// Invariant: `count <= capacity`; the buffer is only used between two suspension points.
private import Glibc

/// A growable run of bytes.
final class OutputBuffer {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// What was put in.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func clear() { count = 0 }

    /// Room for `size` more bytes, to be filled and then counted in with ``commit(_:)``.
    func room(_ size: Int) -> UnsafeMutableRawPointer {
        if capacity - count < size { grow(to: count + size) }
        return base + count
    }

    func commit(_ size: Int) {
        precondition(size >= 0 && size <= capacity - count, "more was written than there was room for")
        count += size
    }

    /// Takes back what was put in after the first `size` bytes.
    func truncate(to size: Int) { count = min(count, size) }

    @inline(__always)
    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    func append(_ array: [UInt8]) {
        array.withUnsafeBytes { append($0) }
    }

    @inline(__always)
    func append(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress, source.count > 0 else { return }
        memcpy(room(source.count), start, source.count)
        count += source.count
    }

    /// A number that is not negative, in decimal (`radix` 10) or hexadecimal (16).
    func append(number: UInt64, radix: UInt64 = 10) {
        let longest = 20
        let place = room(longest).assumingMemoryBound(to: UInt8.self)
        var first = longest
        var rest = number
        repeat {
            first -= 1
            let digit = UInt8(truncatingIfNeeded: rest % radix)
            place[first] = digit < 10 ? 48 + digit : 87 + digit
            rest /= radix
        } while rest > 0
        memmove(place, place + first, longest - first)
        count += longest - first
    }

    private func grow(to size: Int) {
        let enlarged = max(size, capacity * 2)
        let copy = UnsafeMutableRawPointer.allocate(byteCount: enlarged, alignment: 16)
        memcpy(copy, base, count)
        base.deallocate()
        base = copy
        capacity = enlarged
    }
}
