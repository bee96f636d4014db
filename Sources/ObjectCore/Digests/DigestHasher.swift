// Why this file exists: one way to compute any digest that S3 knows, piece by piece, without the caller knowing
// whether OpenSSL, a CRC or an xxHash does the work.
// Invariant: how the bytes are split between updates never changes the result.

/// A digest in the making. One owner at a time; made once and reused through ``reset()``.
public final class DigestHasher {
    /// What is computed.
    public let algorithm: DigestAlgorithm

    private enum Engine {
        case message(MessageDigestAlgorithm)
        case cyclic(CyclicCode)
        case xxhash64
        case xxhash3
    }
    private let engine: Engine
    private let context: MessageDigestContext?
    private var register: UInt64 = 0
    private var running64: XXHash64?
    private var running3: XXHash3?

    /// A hasher that has seen no bytes.
    public init(_ algorithm: DigestAlgorithm) {
        self.algorithm = algorithm
        switch algorithm {
        case .md5: engine = .message(.md5)
        case .sha1: engine = .message(.sha1)
        case .sha256: engine = .message(.sha256)
        case .sha512: engine = .message(.sha512)
        case .crc32: engine = .cyclic(.crc32)
        case .crc32c: engine = .cyclic(.crc32c)
        case .crc64nvme: engine = .cyclic(.crc64nvme)
        case .xxhash64: engine = .xxhash64
        case .xxhash3, .xxhash128: engine = .xxhash3
        }
        if case .xxhash64 = engine { running64 = XXHash64() }
        if case .xxhash3 = engine { running3 = XXHash3() }
        context = if case .message = engine { MessageDigestContext() } else { nil }
        reset()
    }

    /// Forgets all bytes seen.
    public func reset() {
        switch engine {
        case .message(let algorithm): context?.start(algorithm)
        case .cyclic(let code): register = code.ones
        case .xxhash64: running64?.reset()
        case .xxhash3: running3?.reset()
        }
    }

    /// Takes in `bytes`.
    public func update(_ bytes: UnsafeRawBufferPointer) {
        switch engine {
        case .message: context?.update(bytes)
        case .cyclic(let code): register = code.update(register, bytes)
        case .xxhash64: running64?.update(bytes)
        case .xxhash3: running3?.update(bytes)
        }
    }

    /// Takes in `bytes`.
    public func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Takes in `bytes`.
    public func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of all bytes seen, ``DigestAlgorithm/length`` bytes long; CRCs and xxHashes are big-endian, as
    /// S3 sends them.
    /// The hasher starts anew.
    public func finalize() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.length) { buffer, count in
            count = algorithm.length
            finalize(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Like ``finalize()`` into the first ``DigestAlgorithm/length`` bytes of `output`, which must be that long.
    public func finalize(into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= algorithm.length)
        switch engine {
        case .message(let algorithm):
            context?.finish(into: output)
            context?.start(algorithm)
        case .cyclic(let code):
            write((register ^ code.ones) << UInt64(64 - code.width), into: output)
            register = code.ones
        case .xxhash64:
            write(running64?.finish() ?? 0, into: output)
            running64?.reset()
        case .xxhash3:
            if algorithm == .xxhash128 {
                let value = running3?.finish128() ?? (high: 0, low: 0)
                write(value.high, into: output)
                write(value.low, into: UnsafeMutableRawBufferPointer(rebasing: output[8...]))
            } else {
                write(running3?.finish64() ?? 0, into: output)
            }
            running3?.reset()
        }
    }

    /// Writes a number big-endian, as many of its leading bytes as the digest has.
    private func write(_ value: UInt64, into output: UnsafeMutableRawBufferPointer) {
        withUnsafeBytes(of: value.bigEndian) { bytes in
            output.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<min(8, algorithm.length)]))
        }
    }
}
