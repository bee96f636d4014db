// Why this file exists: the one place that talks to OpenSSL about digests. Algorithms are fetched once per process:
// EVP_MD_fetch takes locks and a string lookup, which cost more than hashing 4 KiB.
private import COpenSSL
private import Glibc

/// An algorithm of OpenSSL, fetched once and kept for the life of the process.
struct MessageDigestAlgorithm: Sendable {
    // EVP_MD is reference-counted and immutable after fetching; the one reference is never released.
    nonisolated(unsafe) fileprivate let handle: OpaquePointer
    /// Block size in bytes, which HMAC needs.
    let blockLength: Int
    let digestLength: Int

    static let md5 = MessageDigestAlgorithm("MD5")
    static let sha1 = MessageDigestAlgorithm("SHA1")
    static let sha256 = MessageDigestAlgorithm("SHA256")
    static let sha512 = MessageDigestAlgorithm("SHA512")

    /// The longest block and digest of the algorithms above, in bytes.
    static let blockLengthMax = 128
    static let digestLengthMax = 64

    private init(_ name: String) {
        // S3's ETag is MD5 by definition, not by choice: ask for it where a FIPS policy is the default, too.
        guard let handle = EVP_MD_fetch(nil, name, nil) ?? EVP_MD_fetch(nil, name, "-fips") else {
            preconditionFailure("OpenSSL on this system offers no \(name), which S3 cannot do without")
        }
        self.handle = handle
        blockLength = Int(EVP_MD_get_block_size(handle))
        digestLength = Int(EVP_MD_get_size(handle))
    }
}

/// A running computation. Exactly one owner; reusable after ``start(_:)``.
struct MessageDigestContext: ~Copyable {
    private let context: OpaquePointer

    init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory for a digest context") }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Begins a new digest, whatever went before.
    func start(_ algorithm: MessageDigestAlgorithm) {
        Self.require(EVP_DigestInit_ex2(context, algorithm.handle, nil))
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        Self.require(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
    }

    /// Writes the digest to `output`, which must have room for it.
    func finish(into output: UnsafeMutableRawBufferPointer) {
        Self.require(EVP_DigestFinal_ex(context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil))
    }

    // These calls fail only when called in the wrong order, never because of the bytes.
    private static func require(_ result: Int32) {
        precondition(result == 1, "OpenSSL refused a digest step")
    }

    /// Runs `body` with a context of the current thread, so that one-shot digests allocate none.
    /// `body` must not call this again.
    static func withThreadContext<Result>(_ body: (borrowing MessageDigestContext) -> Result) -> Result {
        let existing = pthread_getspecific(threadKey)
        if let existing {
            let shared = Unmanaged<Box>.fromOpaque(existing).takeUnretainedValue()
            return body(shared.context)
        }
        let box = Box()
        pthread_setspecific(threadKey, Unmanaged.passRetained(box).toOpaque())
        return body(box.context)
    }

    private final class Box {
        let context = MessageDigestContext()
    }

    private static let threadKey: pthread_key_t = {
        var key = pthread_key_t()
        let result = pthread_key_create(&key) { pointer in
            if let pointer { Unmanaged<Box>.fromOpaque(pointer).release() }
        }
        precondition(result == 0, "no thread-local key is left")
        return key
    }()
}
