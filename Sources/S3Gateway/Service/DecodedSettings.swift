// Why this file exists: configurations are stored as bytes and asked for by requests, so each is decoded once for each
// change and kept. The bytes themselves tell whether what is kept is still true.
import ObjectCore
private import Synchronization

/// Decoded configurations by bucket.
final class DecodedSettings<Value: Sendable>: Sendable {
    /// How many are kept; beyond that all are forgotten and decoded again as they are asked for.
    private static var countMaximum: Int { 4096 }

    private let kept = Mutex<[BucketID: (bytes: [UInt8], value: Value)]>([:])

    /// What `bytes` mean.
    func value<Failure: Error>(
        of bucket: BucketID, from bytes: [UInt8], _ decode: ([UInt8]) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // Comparing arrays that are one buffer costs nothing.
        let known = kept.withLock { $0[bucket] }
        if let known, known.bytes == bytes { return known.value }
        let value = try decode(bytes)
        kept.withLock { kept in
            if kept.count >= DecodedSettings.countMaximum { kept.removeAll() }
            kept[bucket] = (bytes, value)
        }
        return value
    }
}
