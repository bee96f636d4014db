// Why this file exists: the one cipher of the store, through OpenSSL's EVP interface, with the keys that it takes.
// Invariant: nothing that fails authentication is ever handed out, not even in part.
private import COpenSSL

/// A 256-bit key. Its bytes are wiped when the last holder lets go.
public final class SymmetricKey: @unchecked Sendable {
    // Unchecked: the memory is written in `init` and `deinit` only.
    private let memory: UnsafeMutableRawBufferPointer

    /// Length in bytes.
    public static let length = 32

    /// nil unless there are 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == SymmetricKey.length else { return nil }
        memory = .allocate(byteCount: SymmetricKey.length, alignment: 16)
        memory.copyBytes(from: bytes)
    }

    /// 256 unpredictable bits.
    /// - Throws: ``StoreError/system(_:)`` when the system has none.
    static func random() throws(StoreError) -> SymmetricKey {
        guard let key = SymmetricKey(try randomBytes(SymmetricKey.length)) else {
            throw .invalidArgument("the system gave too few random bytes")
        }
        return key
    }

    static func randomBytes(_ count: Int) throws(StoreError) -> [UInt8] {
        do throws(SystemCallError) { return try RealIO().randomBytes(count: count) } catch { throw .system(error) }
    }

    deinit {
        ConstantTime.wipe(memory)
        memory.deallocate()
    }

    /// HMAC-SHA-256 under this key of a purpose and what goes with it: 32 bytes. One key serves several purposes, none
    /// of which tells anything about another.
    func code(_ purpose: StaticString, _ message: [UInt8] = []) -> [UInt8] {
        Digest.hmacSHA256(key: copy(), message: Array("\(purpose)\u{0}".utf8) + message)
    }

    /// A key for one purpose, made of this one.
    func derived(_ purpose: StaticString, _ message: [UInt8] = []) -> SymmetricKey {
        guard let key = SymmetricKey(code(purpose, message)) else {
            preconditionFailure("an HMAC-SHA-256 has 32 bytes")
        }
        return key
    }

    /// The bytes, for sealing this key with another and for showing a key that was just made.
    func copy() -> [UInt8] { Array(memory) }

    fileprivate var pointer: UnsafePointer<UInt8>? {
        UnsafeRawPointer(memory.baseAddress)?.assumingMemoryBound(to: UInt8.self)
    }
}

/// AES-256 in Galois/Counter mode with nonces of 96 bits and tags of 128 bits. See: NIST SP 800-38D.
public enum AES256GCM {
    /// Length of a nonce in bytes.
    public static let nonceLength = 12
    /// Length of a tag in bytes.
    public static let tagLength = 16

    // Fetched once and never freed; OpenSSL's ciphers may be used by many threads.
    nonisolated(unsafe) private static let cipher: OpaquePointer = {
        guard let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
            preconditionFailure("OpenSSL has no AES-256-GCM")
        }
        return cipher
    }()

    /// Encrypts and authenticates.
    /// - Parameters:
    ///   - nonce: 12 bytes that were never used with this key.
    ///   - data: what is authenticated beside the plaintext and not stored.
    ///   - key: the object's key.
    ///   - plaintext: the bytes.
    /// - Returns: the nonce, the ciphertext and the tag: 28 bytes more than the plaintext.
    public static func seal(
        _ plaintext: [UInt8], with key: SymmetricKey, nonce: [UInt8], authenticating data: [UInt8]
    ) -> [UInt8] {
        precondition(nonce.count == nonceLength, "a nonce has 12 bytes")
        return [UInt8](unsafeUninitializedCapacity: nonceLength + plaintext.count + tagLength) { output, count in
            guard let start = output.baseAddress, let context = EVP_CIPHER_CTX_new() else {
                preconditionFailure("out of memory for a cipher context")
            }
            defer { EVP_CIPHER_CTX_free(context) }
            _ = UnsafeMutableRawBufferPointer(output).initializeMemory(as: UInt8.self, from: nonce)
            var step: Int32 = 0
            require(EVP_EncryptInit_ex2(context, cipher, key.pointer, nonce, nil))
            require(EVP_EncryptUpdate(context, nil, &step, data, Int32(data.count)))
            require(EVP_EncryptUpdate(context, start + nonceLength, &step, plaintext, Int32(plaintext.count)))
            require(EVP_EncryptFinal_ex(context, start + nonceLength + plaintext.count, &step))
            require(
                EVP_CIPHER_CTX_ctrl(
                    context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), start + nonceLength + plaintext.count))
            count = output.count
        }
    }

    /// Decrypts what ``seal(_:with:nonce:authenticating:)`` made.
    /// - Returns: nil when key, data or any byte differs from what they were then.
    public static func open(
        _ sealed: UnsafeRawBufferPointer, with key: SymmetricKey, authenticating data: [UInt8]
    ) -> [UInt8]? {
        let length = sealed.count - nonceLength - tagLength
        guard length >= 0, length <= Int(Int32.max),
            let input = sealed.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let context = EVP_CIPHER_CTX_new()
        else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        var isAuthentic = false
        // Some room even for nothing, so that there is an address to write nothing to.
        let plaintext = [UInt8](unsafeUninitializedCapacity: max(length, 1)) { output, count in
            guard let start = output.baseAddress else { return }
            var step: Int32 = 0
            // The tag is only read; the interface is older than `const`.
            let tag = UnsafeMutableRawPointer(mutating: input + nonceLength + length)
            require(EVP_DecryptInit_ex2(context, cipher, key.pointer, input, nil))
            require(EVP_DecryptUpdate(context, nil, &step, data, Int32(data.count)))
            require(EVP_DecryptUpdate(context, start, &step, input + nonceLength, Int32(length)))
            require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), tag))
            isAuthentic = EVP_DecryptFinal_ex(context, start + length, &step) == 1
            if !isAuthentic { ConstantTime.wipe(UnsafeMutableRawBufferPointer(output)) }
            count = isAuthentic ? length : 0
        }
        return isAuthentic ? plaintext : nil
    }

    /// As above, of an array.
    public static func open(_ sealed: [UInt8], with key: SymmetricKey, authenticating data: [UInt8]) -> [UInt8]? {
        sealed.withUnsafeBytes { open($0, with: key, authenticating: data) }
    }

    // These calls fail only when called in the wrong order or without memory, never because of the bytes.
    private static func require(_ result: Int32) {
        precondition(result == 1, "OpenSSL refused a step of AES-256-GCM")
    }
}
