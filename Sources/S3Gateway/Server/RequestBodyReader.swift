// Why this file exists: a request's body as the handler pulls it, with the framing taken off. Bytes that came with
// the head are handed over first; a large body is received straight into the arrays that the handler keeps.
// Invariants: never a byte beyond the body is consumed (it would be the next request's); `100 Continue` is sent at
// most once and only before something is waited for; a failure is final.
// See: RFC 9112 section 6 and 7, RFC 9110 section 10.1.1.

/// The body of one request.
final class RequestBodyReader: RequestBody {
    private enum Framing {
        case length(remaining: Int64)
        case chunked(ChunkedDecoder)
    }

    /// Arrays for received bytes begin this large and grow while the peer fills them.
    private static let smallestRead = 65_536

    let announcedLength: Int64?
    private let stream: ConnectionStream
    private var framing: Framing
    private var failure: BodyError?
    private var owesContinue: Bool
    private var readSize = smallestRead
    /// Bytes of the body that arrived so far.
    private(set) var bytesReceived: Int64 = 0

    init(_ head: RequestHead, stream: ConnectionStream) {
        self.stream = stream
        owesContinue = head.expectsContinue
        switch head.framing {
        case .none:
            announcedLength = 0
            framing = .length(remaining: 0)
        case .length(let length):
            announcedLength = length
            framing = .length(remaining: length)
        case .chunked:
            announcedLength = nil
            framing = .chunked(ChunkedDecoder(limits: stream.limits))
        }
    }

    // MARK: For the connection

    var isFinished: Bool {
        switch framing {
        case .length(let remaining): remaining == 0
        case .chunked(let decoder): decoder.isFinished
        }
    }

    var hasFailed: Bool { failure != nil }

    /// The client still waits for `100 Continue`, which was not sent.
    var isContinueOwed: Bool { owesContinue }

    /// Whether the unread rest is certainly more than `limit`.
    func exceeds(_ limit: Int) -> Bool {
        if case .length(let remaining) = framing { remaining > Int64(limit) } else { false }
    }

    /// Reads and drops the rest within the server's limits.
    /// - Returns: whether the body was read to its end, so that the connection can go on.
    nonisolated(nonsending) func drain() async -> Bool {
        let deadline = stream.loop.now &+ stream.timeouts.drain
        var left = stream.limits.maximumDrainedBytes
        while !isFinished {
            do {
                guard let bytes = try await next(maximum: 16_384, deadline: deadline) else { break }
                left -= bytes.count
                if left < 0 { return false }
            } catch {
                return false
            }
        }
        return true
    }

    // MARK: For the handler

    nonisolated(nonsending) func next(maximum: Int) async throws(BodyError) -> [UInt8]? {
        try await next(maximum: maximum, deadline: nil)
    }

    private nonisolated(nonsending) func next(
        maximum: Int, deadline: Int64?
    ) async throws(BodyError) -> [UInt8]? {
        if let failure { throw failure }
        do throws(BodyError) {
            let bytes: [UInt8]?
            switch framing {
            case .length: bytes = try await nextOfLength(maximum: max(1, maximum), deadline: deadline)
            case .chunked: bytes = try await nextOfChunks(maximum: max(1, maximum), deadline: deadline)
            }
            bytesReceived += Int64(bytes?.count ?? 0)
            return bytes
        } catch {
            failure = error
            throw error
        }
    }

    private nonisolated(nonsending) func nextOfLength(
        maximum: Int, deadline: Int64?
    ) async throws(BodyError) -> [UInt8]? {
        guard case .length(let remaining) = framing, remaining > 0 else { return nil }
        let bytes = try await take(atMost: Int(min(Int64(maximum), remaining)), deadline: deadline)
        framing = .length(remaining: remaining - Int64(bytes.count))
        return bytes
    }

    private nonisolated(nonsending) func nextOfChunks(
        maximum: Int, deadline: Int64?
    ) async throws(BodyError) -> [UInt8]? {
        while case .chunked(var decoder) = framing {
            let (consumed, next) = decoder.advance(over: stream.input.bytes)
            stream.input.consume(consumed)
            framing = .chunked(decoder)
            switch next {
            case .finished: return nil
            case .malformed: throw .malformed
            case .needsInput:
                try await sendContinueIfOwed()
                try check(await stream.fill(until: deadline ?? stream.loop.now &+ stream.timeouts.body))
            case .data(let available):
                let bytes = try await take(atMost: Int(min(Int64(maximum), available)), deadline: deadline)
                decoder.took(bytes.count)
                framing = .chunked(decoder)
                return bytes
            }
        }
        return nil
    }

    /// Between 1 and `limit` bytes of the body.
    private nonisolated(nonsending) func take(
        atMost limit: Int, deadline: Int64?
    ) async throws(BodyError) -> [UInt8] {
        if !stream.input.isEmpty {
            owesContinue = false
            return stream.input.take(min(limit, stream.input.count))
        }
        try await sendContinueIfOwed()
        var direction = SocketChannel.Direction.read
        while true {
            switch await stream.pause(for: direction, until: deadline ?? stream.loop.now &+ stream.timeouts.body) {
            case .ready: break
            case .timedOut: throw .timedOut
            case .draining, .cut: throw .cancelled
            }
            var end = TransferStep.blocked(.read)
            let size = min(limit, readSize)
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let whole = UnsafeMutableRawBufferPointer(buffer)
                while count < size {
                    end = stream.receive(into: UnsafeMutableRawBufferPointer(rebasing: whole[count...]))
                    guard case .moved(let received) = end else { break }
                    count += received
                    if !stream.channel.isReadable { break }
                }
            }
            if bytes.count == size { readSize = min(max(readSize, size * 2), ConnectionStream.bytesPerTurn) }
            if bytes.count > 0 { return bytes }
            switch end {
            case .blocked(let needed): direction = needed
            case .moved, .ended, .failed: throw .truncated
            }
        }
    }

    private func check(_ outcome: FillOutcome) throws(BodyError) {
        switch outcome {
        case .filled: return
        case .ended, .failed: throw .truncated
        case .timedOut: throw .timedOut
        case .draining, .cut: throw .cancelled
        }
    }

    private nonisolated(nonsending) func sendContinueIfOwed() async throws(BodyError) {
        guard owesContinue else { return }
        owesContinue = false
        do {
            try await stream.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        } catch {
            throw .truncated
        }
    }
}
