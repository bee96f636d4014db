// Why this file exists: each answer carries two ids by which a support case finds its log line. They must be unique
// and cheap, not secret, so a counter is scrambled instead of asking the kernel for randomness each time.
import Synchronization

/// The ids of one exchange.
public struct RequestIDs: Sendable {
    /// `x-amz-request-id`: 16 upper-case hexadecimal digits.
    public let request: String
    /// `x-amz-id-2`: the same for every answer of this process, as it names the host.
    public let host: String
}

/// Makes request ids that do not repeat within 2^64 requests.
final class RequestIDGenerator: Sendable {
    private let counter: Atomic<UInt64>
    private let host: String

    /// - Parameter seed: where the sequence begins.
    init(seed: UInt64 = UInt64.random(in: .min ... .max)) {
        counter = Atomic(seed)
        // 48 characters of the Base64 alphabet, as AWS's are, from the seed alone.
        var text: [UInt8] = []
        for word in 0..<3 {
            text += RequestIDGenerator.digits(RequestIDGenerator.mix(seed &+ UInt64(word) &+ 1))
        }
        host = String(decoding: text, as: UTF8.self)
    }

    func next() -> RequestIDs {
        let value = counter.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        return RequestIDs(
            request: String(decoding: RequestIDGenerator.digits(RequestIDGenerator.mix(value)), as: UTF8.self),
            host: host)
    }

    // SplitMix64's finaliser: a bijection, so that distinct counters give distinct ids.
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    private static func digits(_ value: UInt64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { output, count in
            for position in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * position)) & 15
                output[position] = digit < 10 ? 48 + digit : 55 + digit
            }
            count = 16
        }
    }
}
