// Why this file exists: puts a response on the wire with as few system calls and copies as its body allows: a
// small body leaves with its head in one send, bytes of files go by sendfile(2), and a file that is not in the page
// cache is read by a thread that may wait.
// Invariants: the head says exactly what follows, or the connection ends; the loop's output buffer is never in use
// across a suspension.
import CSystem
import Glibc
import ObjectCore

/// What was sent of a response.
struct SendOutcome {
    /// Bytes of the body, without chunk framing.
    var bodyBytes: Int64 = 0
    /// When the first byte was ready to leave, in nanoseconds of ``MonotonicClock``.
    var firstByteAt: Int64 = 0
    var isComplete = false
}

/// Sends one response over one stream. Not Sendable: it belongs to the connection's task.
struct ResponseSender {
    private enum Limit {
        /// Bodies up to this are copied behind their head and leave with it.
        static let copiedBodyBytes = 16_384
        /// An extent that is asked for, and read ahead, at once.
        static let extentBytes = 262_144
        /// The piece of a file that is read and sent where sendfile(2) cannot be used.
        static let pieceBytes = 65_536
    }

    let stream: ConnectionStream
    private(set) var outcome = SendOutcome()

    init(_ stream: ConnectionStream) { self.stream = stream }

    /// Sends the response, all of it if the connection holds.
    /// - Parameter precededByContinue: `100 Continue` is owed and goes first.
    nonisolated(nonsending) mutating func send(
        _ response: HTTPResponse, framed head: ResponseHeadEncoder, precededByContinue: Bool
    ) async {
        let output = stream.loop.output
        output.clear()
        if precededByContinue { output.append("HTTP/1.1 100 Continue\r\n\r\n") }
        head.encode(response.headerBytes, date: stream.loop.dateLine(), into: output)
        outcome.firstByteAt = MonotonicClock.now()
        do {
            guard head.sendsBody else {
                try await stream.flush(output)
                outcome.isComplete = true
                return
            }
            switch response.body {
            case .empty, .absent: try await stream.flush(output)
            case .bytes(let bytes): try await send(bytes, behind: output)
            case .regions(let regions): try await send(regions, behind: output)
            case .stream(let produce), .sized(_, let produce):
                try await send(produce, framing: head.framing, behind: output)
            }
            outcome.isComplete = true
        } catch {
            outcome.isComplete = false
        }
    }

    private nonisolated(nonsending) mutating func send(
        _ bytes: [UInt8], behind output: OutputBuffer
    ) async throws(ConnectionLost) {
        if bytes.count <= Limit.copiedBodyBytes {
            output.append(bytes)
            try await stream.flush(output)
        } else {
            try await stream.flush(output, more: true)
            try await stream.send(bytes)
        }
        outcome.bodyBytes = Int64(bytes.count)
    }

    // MARK: Streams

    private nonisolated(nonsending) mutating func send(
        _ produce: @Sendable (any ResponseBodyWriter) async throws -> Void, framing: ResponseFraming,
        behind output: OutputBuffer
    ) async throws {
        try await stream.flush(output, more: true)
        let writer = StreamWriter(sender: ResponseSender(stream), framing: framing)
        defer { outcome.bodyBytes = writer.finish() }
        try await produce(writer)
        try await writer.end()
    }

    // MARK: Files

    private nonisolated(nonsending) mutating func send(
        _ regions: [FileRegion], behind output: OutputBuffer
    ) async throws(ConnectionLost) {
        let total = regions.reduce(0) { $0 + $1.length }
        if total <= Limit.copiedBodyBytes {
            let headBytes = output.count
            if copyFromPageCache(regions, into: output) {
                try await stream.flush(output)
                outcome.bodyBytes = Int64(total)
                return
            }
            output.truncate(to: headBytes)
        }
        try await stream.flush(output, more: total > 0)
        for region in regions {
            try await send(region)
        }
    }

    /// Copies regions that are in the page cache; false when one is not.
    private func copyFromPageCache(_ regions: [FileRegion], into output: OutputBuffer) -> Bool {
        for region in regions where region.length > 0 {
            let room = output.room(region.length)
            var count = cairn_pread_nowait(region.file.descriptor, room, region.length, region.offset)
            if count < 0 && errno == EOPNOTSUPP {
                count = pread(region.file.descriptor, room, region.length, off_t(region.offset))
            }
            guard count == region.length else { return false }
            output.commit(count)
        }
        return true
    }

    /// Sends one region; ``outcome`` counts its bytes.
    nonisolated(nonsending) mutating func send(_ region: FileRegion) async throws(ConnectionLost) {
        var offset = region.offset
        var left = region.length
        while left > 0 {
            let extent = min(left, Limit.extentBytes)
            await warm(region.file, offset: offset, count: extent)
            if stream.tls == nil {
                try await sendExtent(region.file, offset: offset, count: extent)
            } else {
                try await copyExtent(region.file, offset: offset, count: extent)
            }
            offset += Int64(extent)
            left -= extent
        }
    }

    private nonisolated(nonsending) mutating func sendExtent(
        _ file: OpenFile, offset: Int64, count: Int
    ) async throws(ConnectionLost) {
        var position = offset
        let end = offset + Int64(count)
        while position < end {
            guard let step = stream.transmit(file, offset: &position, count: Int(end - position)) else {
                return try await copyExtent(file, offset: position, count: Int(end - position))
            }
            switch step {
            case .moved(let sent):
                outcome.bodyBytes += Int64(sent)
                try await stream.awaitProgress(.write)
            case .blocked(let direction): try await stream.awaitProgress(direction)
            case .ended, .failed: throw ConnectionLost()
            }
        }
    }

    private nonisolated(nonsending) mutating func copyExtent(
        _ file: OpenFile, offset: Int64, count: Int
    ) async throws(ConnectionLost) {
        var done = 0
        while done < count {
            let size = min(Limit.pieceBytes, count - done)
            let piece = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
                while filled < size {
                    let got = pread(
                        file.descriptor, buffer.baseAddress.map { $0 + filled }, size - filled,
                        off_t(offset) + done + filled)
                    if got < 0 && errno == EINTR { continue }
                    if got <= 0 { break }
                    filled += got
                }
            }
            // The file is shorter than the region says, or cannot be read: the length is promised already.
            guard piece.count == size else { throw ConnectionLost() }
            try await stream.send(piece)
            outcome.bodyBytes += Int64(size)
            done += size
        }
    }

    /// Sees to it that an extent is in the page cache, as far as its last byte tells; waiting for a disk happens on
    /// a thread of the blocking pool. File systems without RWF_NOWAIT are taken as they are.
    /// See: 'man 2 preadv2'.
    private func warm(_ file: OpenFile, offset: Int64, count: Int) async {
        var byte: UInt8 = 0
        let got = cairn_pread_nowait(file.descriptor, &byte, 1, offset + Int64(count) - 1)
        guard got < 0, errno == EAGAIN else { return }
        await stream.loop.blockingPool.run { Self.readThrough(file, offset: offset, count: count) }
    }

    /// Reads an extent for its effect on the page cache.
    private static func readThrough(_ file: OpenFile, offset: Int64, count: Int) {
        withUnsafeTemporaryAllocation(byteCount: Limit.pieceBytes, alignment: 16) { buffer in
            var done = 0
            while done < count {
                let got = pread(
                    file.descriptor, buffer.baseAddress, min(buffer.count, count - done), off_t(offset) + done)
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { return }
                done += got
            }
        }
    }
}
