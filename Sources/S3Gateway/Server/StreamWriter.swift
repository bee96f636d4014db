// Why this file exists: a body of unknown length is pushed by its producer. Each write is one chunk and leaves at
// once, since a producer that writes little and seldom (progress, heartbeats) means it to arrive.
// Invariant: after ``finish()`` nothing is written, whoever kept the writer.
import ObjectCore

/// The body was written to after its end, or after the connection was lost.
struct WriterClosed: Error {}

/// Writes one streamed body.
final class StreamWriter: ResponseBodyWriter {
    private var sender: ResponseSender
    private let isChunked: Bool
    /// How many bytes the head promised; nil when the framing tells the end.
    private let promised: Int64?
    private var bodyBytes: Int64 = 0
    private var isOpen = true

    init(sender: ResponseSender, framing: ResponseFraming) {
        self.sender = sender
        isChunked = framing == .chunked
        if case .length(let length) = framing { promised = length } else { promised = nil }
    }

    nonisolated(nonsending) func write(_ bytes: [UInt8]) async throws {
        // An empty chunk would end the body.
        guard !bytes.isEmpty else { return }
        try await framed(bytes.count) { sender throws(ConnectionLost) in
            try await sender.stream.send(bytes, more: isChunked)
        }
    }

    nonisolated(nonsending) func write(_ region: FileRegion) async throws {
        guard region.length > 0 else { return }
        try await framed(region.length) { sender throws(ConnectionLost) in
            try await sender.send(region)
        }
    }

    /// Ends the body in order.
    nonisolated(nonsending) func end() async throws(ConnectionLost) {
        guard isOpen, promised ?? bodyBytes == bodyBytes else { throw ConnectionLost() }
        isOpen = false
        if isChunked { try await sender.stream.send(Array("0\r\n\r\n".utf8)) }
    }

    /// Closes the writer, in order or not.
    /// - Returns: the bytes that were sent.
    func finish() -> Int64 {
        isOpen = false
        return bodyBytes
    }

    private nonisolated(nonsending) func framed(
        _ count: Int,
        _ send: nonisolated(nonsending) (inout ResponseSender) async throws(ConnectionLost) -> Void
    ) async throws {
        guard isOpen, promised.map({ bodyBytes + Int64(count) <= $0 }) ?? true else { throw WriterClosed() }
        do {
            if isChunked {
                let output = sender.stream.loop.output
                output.clear()
                output.append(number: UInt64(count), radix: 16)
                output.append("\r\n")
                try await sender.stream.flush(output, more: true)
            }
            try await send(&sender)
            if isChunked { try await sender.stream.send([13, 10]) }
        } catch {
            isOpen = false
            throw error
        }
        bodyBytes += Int64(count)
    }
}
