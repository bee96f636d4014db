// Why this file exists: an idle connection should cost little memory, so it holds no read buffer. Buffers belong to
// the loop; a connection takes one when there is something to read and gives it back when it has used the bytes up.
// Invariant: `start <= end <= capacity`; a buffer that is in the pool is in no connection.
import Glibc

/// The read buffers of one loop.
final class ReadBufferPool {
    static let bufferBytes = 16_384
    /// Buffers kept for later; the rest goes back to the system.
    static let maximumKept = 128

    private var free: [UnsafeMutableRawPointer] = []

    deinit { free.forEach { $0.deallocate() } }

    func take() -> UnsafeMutableRawPointer {
        free.popLast() ?? .allocate(byteCount: Self.bufferBytes, alignment: 16)
    }

    func giveBack(_ buffer: UnsafeMutableRawPointer) {
        if free.count < Self.maximumKept {
            free.append(buffer)
        } else {
            buffer.deallocate()
        }
    }
}

/// Bytes that were received and not yet used.
final class InputBuffer {
    private let pool: ReadBufferPool
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var start = 0
    private var end = 0

    init(pool: ReadBufferPool) { self.pool = pool }

    deinit { release() }

    var count: Int { end - start }
    var isEmpty: Bool { start == end }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base.map { $0 + start }, count: end - start) }

    /// Takes the first bytes away; a buffer that is used up goes back to the pool.
    func consume(_ count: Int) {
        precondition(count >= 0 && count <= end - start, "more was used than was received")
        start += count
        if start == end { release() }
    }

    /// The first bytes as an array of their own.
    func take(_ count: Int) -> [UInt8] {
        let taken = [UInt8](bytes[0..<count])
        consume(count)
        return taken
    }

    /// Where the next bytes may be received; never empty. Bytes may move.
    func freeSpace() -> UnsafeMutableRawBufferPointer {
        if base == nil {
            base = pool.take()
            capacity = ReadBufferPool.bufferBytes
        }
        if end == capacity { makeRoom() }
        return UnsafeMutableRawBufferPointer(start: base.map { $0 + end }, count: capacity - end)
    }

    func commit(_ count: Int) {
        precondition(count >= 0 && count <= capacity - end, "more was received than there was room for")
        end += count
    }

    private func makeRoom() {
        guard let base else { return }
        if start > 0 {
            memmove(base, base + start, end - start)
        } else {
            // Only a head longer than a buffer gets here, and its length is limited.
            let enlarged = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2, alignment: 16)
            memcpy(enlarged, base + start, end - start)
            dispose()
            self.base = enlarged
            capacity *= 2
        }
        end -= start
        start = 0
    }

    /// Gives the buffer back; only bytes that nobody wants may be in it.
    func release() {
        if base != nil { dispose() }
        base = nil
        capacity = 0
        start = 0
        end = 0
    }

    private func dispose() {
        guard let base else { return }
        if capacity == ReadBufferPool.bufferBytes {
            pool.giveBack(base)
        } else {
            base.deallocate()
        }
    }
}
