// Why this file exists: the byte form of manifests, inline in a row or as a chunk of their own (docs/FORMAT.md,
// "Manifests").

extension RecordWriter {
    mutating func manifest(_ manifest: Manifest) {
        count(manifest.entries.count)
        for entry in manifest.entries {
            byte(entry.kind.rawValue)
            unsigned(UInt64(entry.id.value))
            raw(entry.digest)
            count(entry.chunkLength)
            unsigned(UInt64(entry.skip))
            unsigned(UInt64(entry.length))
            unsigned(UInt64(entry.hint.segment))
            unsigned(UInt64(entry.hint.offset))
        }
    }
}

extension RecordReader {
    mutating func manifest() throws(StoreError) -> Manifest {
        let number = try count()
        var manifest = Manifest()
        manifest.entries.reserveCapacity(min(number, 65_536))
        for _ in 0..<number {
            guard let kind = ChunkKind(rawValue: try byte()) else {
                throw .corrupt("a manifest names an unknown kind of chunk")
            }
            manifest.entries.append(
                Manifest.Entry(
                    kind: kind, id: ChunkID(try integer()), digest: try raw(32), chunkLength: try count(),
                    skip: try integer(), length: try integer(),
                    hint: ChunkLocation(segment: try integer(), offset: try integer())))
        }
        return manifest
    }
}

extension Manifest {
    /// The bytes of a manifest chunk.
    func encoded() -> [UInt8] {
        var writer = RecordWriter(reserving: entries.count * 64 + 8)
        writer.manifest(self)
        return writer.bytes
    }

    /// Reads a manifest chunk's payload, whose digest was checked by the chunk store.
    init(encoded bytes: [UInt8]) throws(StoreError) {
        self = try bytes.reading { buffer throws(StoreError) in
            var reader = RecordReader(buffer)
            return try reader.manifest()
        }
    }
}
