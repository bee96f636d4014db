// Why this file exists: the list that says which chunks, in which order, are an object. Entries name chunks by id
// and carry the digest, so that a manifest proves its bytes; the location is a hint that is right as long as the
// segment exists, because segments are append-only and their numbers are never used again.

/// The ordered pieces of an object's bytes.
public struct Manifest: Sendable, Hashable {
    /// One run of bytes of one chunk, or of a nested manifest.
    public struct Entry: Sendable, Hashable {
        public var kind: ChunkKind
        public var id: ChunkID
        /// SHA-256 of the chunk's whole payload: 32 bytes.
        public var digest: [UInt8]
        /// The chunk's whole payload length in bytes (of the manifest chunk itself when `kind` is manifest).
        public var chunkLength: Int
        /// How many bytes of the content (of the chunk, or of what the nested manifest lists) come before the run.
        public var skip: Int64
        /// How many bytes of the object this entry gives.
        public var length: Int64
        /// Where the chunk was when the entry was written.
        public var hint: ChunkLocation

        public init(
            kind: ChunkKind, id: ChunkID, digest: [UInt8], chunkLength: Int, skip: Int64, length: Int64,
            hint: ChunkLocation
        ) {
            self.kind = kind
            self.id = id
            self.digest = digest
            self.chunkLength = chunkLength
            self.skip = skip
            self.length = length
            self.hint = hint
        }
    }

    public var entries: [Entry]

    public init(entries: [Entry] = []) { self.entries = entries }

    /// The sum of the entries' lengths in bytes.
    public var length: Int64 { entries.reduce(0) { $0 + $1.length } }

    /// The entries that give the bytes `range`, with skips and lengths cut to it.
    public func slice(_ range: Range<Int64>) -> Manifest {
        var result = Manifest()
        var start: Int64 = 0
        for entry in entries {
            let end = start + entry.length
            if end > range.lowerBound && start < range.upperBound {
                var piece = entry
                let from = max(start, range.lowerBound)
                piece.skip += from - start
                piece.length = min(end, range.upperBound) - from
                result.entries.append(piece)
            }
            if end >= range.upperBound { break }
            start = end
        }
        return result
    }
}
