// Why this file exists: what the journal says of a version and what its row says are compared by a print of both, so that
// an audit keeps eight bytes for an entry and looks no entry up twice. What differs in a print is then looked at in full.
//
// The print is SipHash under a key that the process chose at random (`Hasher`), so nobody who prepared a store could have
// made two that are equal.
import ObjectCore

/// Prints of versions. None is 0.
enum VersionPrint {
    /// Set in every print.
    private static let mark: UInt64 = 1
    /// The entry tells a SHA-256, so the row's counts; a row may learn its own later.
    static let digest: UInt64 = 2
    /// Of an entry that makes a version and does not say which: no row's print is equal.
    static let incomplete: UInt64 = 4
    /// Of an entry that was pruned: what it made, if anything, is gone.
    static let pruned: UInt64 = 8
    /// The entry has a commitment in the place of the key.
    static let committed: UInt64 = 16

    /// The print of what an entry says; nil when it does not say enough to make a version.
    static func of(_ facts: EntryFacts) -> UInt64? {
        guard let at = facts.at, let effect = facts.effect, !facts.hasEscapes else { return nil }
        let isMarker = effect == .marker
        guard let bucketID = facts.bucketID, isMarker || (facts.etag != nil && facts.size != nil) else { return nil }
        if let commitment = facts.keyCommitment {
            return make(
                isMarker: isMarker, at: at, bucketID: bucketID, key: commitment, size: facts.size ?? 0,
                etag: facts.etag, sha256: facts.sha256, isCommitted: true)
        }
        if let key = facts.key {
            return make(
                isMarker: isMarker, at: at, bucketID: bucketID, key: key, size: facts.size ?? 0, etag: facts.etag,
                sha256: facts.sha256)
        }
        guard let text = facts.keyHex, let key = Hex.decode(String(decoding: text, as: UTF8.self)) else { return nil }
        return key.withUnsafeBytes { key in
            make(
                isMarker: isMarker, at: at, bucketID: bucketID, key: key, size: facts.size ?? 0, etag: facts.etag,
                sha256: facts.sha256)
        }
    }

    /// The print of a row that must be equal to `expected`.
    /// - Parameters:
    ///   - bucketID: of the bucket that the row belongs to, as entries write it.
    ///   - commitment: to the row's key, as entries write it, where the entry has one.
    ///   - scratch: 64 bytes to write hexadecimal digits into.
    static func of(
        _ facts: VersionFacts, bucketID: UnsafeRawBufferPointer, commitment: UnsafeRawBufferPointer?, expected: UInt64,
        scratch: UnsafeMutableRawBufferPointer
    ) -> UInt64 {
        var sha256: UnsafeRawBufferPointer?
        if expected & digest != 0, facts.sha256.count * 2 <= scratch.count {
            for (index, byte) in facts.sha256.enumerated() {
                scratch[2 * index] = character(byte >> 4)
                scratch[2 * index + 1] = character(byte & 15)
            }
            sha256 = UnsafeRawBufferPointer(rebasing: scratch[..<(facts.sha256.count * 2)])
        }
        return make(
            isMarker: facts.isDeleteMarker, at: facts.modified, bucketID: bucketID, key: commitment ?? facts.key,
            size: facts.size, etag: facts.etag, sha256: sha256, isCommitted: commitment != nil)
    }

    private static func character(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x57 + digit }

    private static func make(
        isMarker: Bool, at: Int64, bucketID: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, size: Int64,
        etag: UnsafeRawBufferPointer?, sha256: UnsafeRawBufferPointer?, isCommitted: Bool = false
    ) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(at)
        hasher.combine(key.count)
        hasher.combine(bytes: key)
        hasher.combine(bucketID.count)
        hasher.combine(bytes: bucketID)
        hasher.combine(isMarker)
        var print = isCommitted ? mark | committed : mark
        if !isMarker, let etag {
            hasher.combine(size)
            hasher.combine(etag.count)
            hasher.combine(bytes: etag)
            if let sha256 {
                print |= digest
                hasher.combine(bytes: sha256)
            }
        }
        return UInt64(bitPattern: Int64(hasher.finalize())) & ~(mark | digest | committed) | print
    }
}
