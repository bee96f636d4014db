// Why this file exists: a first start makes the master key, so that a client that asks for encryption gets it. The file
// comes into being whole and durable or not at all, and never over another: a lost master key is lost data.
private import Glibc

/// The file that holds the master key.
public enum MasterKeyFile {
    /// Makes the file with a random key, readable by its owner alone. A file that is there already, or that somebody
    /// else makes at the same moment, is left as it is.
    /// - Throws: ``StoreError/system(_:)``, when the folder is missing or may not be written to, for instance.
    public static func makeIfMissing(at path: String) throws(StoreError) {
        let io = RealIO()
        do throws(SystemCallError) {
            _ = try io.status(at: path)
            return
        } catch {
            guard error.isMissing else { throw .system(error) }
        }
        let text = Hex.encode(try SymmetricKey.randomBytes(SymmetricKey.length)) + "\n"
        let temporary = "\(path).\(Hex.encode(try SymmetricKey.randomBytes(8)))"
        do throws(SystemCallError) {
            let file = try io.open(temporary, .create)
            defer { unlink(temporary) }
            try io.writeFully(file, Array(text.utf8), at: 0)
            try io.synchronize(file)
            // Unlike a rename, a link never takes another's place. See: 'man 2 link'.
            if link(temporary, path) != 0, errno != EEXIST { throw SystemCallError("link", code: errno, object: path) }
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            try io.synchronizeDirectory(parent.isEmpty ? "/" : parent)
        } catch {
            throw .system(error)
        }
    }
}
