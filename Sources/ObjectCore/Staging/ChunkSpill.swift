// Why this file exists: the beginning of a chunk for which there is no memory lies in a file that has no name, so that
// nothing of it is left behind, whatever happens to the process.
// Invariant: sealed content never comes here: its plain bytes are nowhere but in memory.
private import Synchronization

/// Makes files without a name in a store's folder.
final class SpillFolder: Sendable {
    private let folder: String
    private let io: any IO
    /// One at a time: between being made and losing its name a file must not be opened by another upload.
    private let making = Mutex(())

    init(folder: String, io: any IO) {
        self.folder = folder
        self.io = io
    }

    /// See: docs/FORMAT.md, "Folder".
    func makeSpill() throws(StoreError) -> ChunkSpill {
        let path = folder + "/spill"
        return try making.withLock { (_) throws(StoreError) in
            do throws(SystemCallError) {
                let file = try io.open(path, .create)
                try io.remove(path)
                return ChunkSpill(file: file, io: io)
            } catch {
                throw error.isOutOfSpace ? .outOfSpace : .system(error)
            }
        }
    }
}

/// The beginning of one chunk, in a file.
final class ChunkSpill {
    private let file: OpenFile
    private let io: any IO
    /// In bytes.
    private(set) var length = 0

    init(file: OpenFile, io: any IO) {
        self.file = file
        self.io = io
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        do throws(SystemCallError) {
            try io.writeFully(file, [bytes], at: Int64(length))
        } catch {
            throw error.isOutOfSpace ? .outOfSpace : .system(error)
        }
        length += bytes.count
    }

    /// All that was appended; the next chunk begins.
    func takeAll() throws(StoreError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(SystemCallError) {
            bytes = try io.readFully(file, count: length, at: 0)
        } catch {
            throw .system(error)
        }
        guard bytes.count == length else { throw .corrupt("a file of an unfinished chunk is too short") }
        length = 0
        return bytes
    }
}
