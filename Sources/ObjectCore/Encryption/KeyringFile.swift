// Why this file exists: the named keys on disk (docs/FORMAT.md, "Keyring"). The file is replaced whole, so that a
// crash leaves the old one or the new one; it only ever grows.

/// The file of named keys.
struct KeyringFile: Sendable {
    /// One version of one key.
    struct Line: Sendable {
        var name: String
        var version: Int
        var created: Timestamp
        /// Fingerprint of the master key that wraps it.
        var master: String
        var sealed: [UInt8]
    }

    let path: String

    static let header = "cairn keyring 1"
    /// Some 100,000 versions.
    static let lengthMaximum: Int64 = 32 << 20

    /// What a key's wrapping authenticates.
    static func boundBytes(_ name: String, _ version: Int) -> [UInt8] {
        Array("cairn named key\u{0}\(name)\u{0}\(version)".utf8)
    }

    static func isValid(name: String) -> Bool {
        (1...256).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: ":"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }

    /// The file's length in bytes, or nil when there is none.
    func size() throws(StoreError) -> Int64? {
        do throws(SystemCallError) {
            return try RealIO().status(at: path).size
        } catch {
            if error.isMissing { return nil }
            throw .system(error)
        }
    }

    func lines() throws(StoreError) -> [Line] {
        let text = try text()
        guard !text.isEmpty else { return [] }
        var lines = text.split(separator: "\n")[...]
        guard lines.popFirst() == Substring(KeyringFile.header) else {
            throw .unusable("\(path) is no keyring of this program")
        }
        var result: [Line] = []
        for line in lines {
            let words = line.split(separator: " ")
            guard words.count == 5, let version = Int(words[1]), version > 0, let created = Int64(words[2]),
                let sealed = Base64.decode(words[4].utf8)
            else { throw .corrupt("line \(result.count + 2) of \(path) cannot be read") }
            result.append(
                Line(
                    name: String(words[0]), version: version, created: Timestamp(milliseconds: created),
                    master: String(words[3]), sealed: sealed))
        }
        return result
    }

    private func text() throws(StoreError) -> String {
        guard let size = try size() else { return "" }
        guard size <= KeyringFile.lengthMaximum else { throw .unusable("\(path) is too long for a keyring") }
        let io = RealIO()
        do throws(SystemCallError) {
            let bytes = try io.readFully(try io.open(path, .read), count: Int(size), at: 0)
            return String(decoding: bytes, as: UTF8.self)
        } catch { throw .system(error) }
    }

    /// Keeps other processes from adding keys until the result is let go.
    func lock() throws(StoreError) -> OpenFile {
        let io = RealIO()
        let isHeld: Bool
        let file: OpenFile
        do throws(SystemCallError) {
            file = try io.open(path + ".lock", .create)
            isHeld = try io.lock(file)
        } catch { throw .system(error) }
        guard isHeld else { throw .locked("another process is changing \(path)") }
        return file
    }

    func append(_ line: Line) throws(StoreError) {
        let before = try text()
        let text =
            (before.isEmpty ? KeyringFile.header + "\n" : before)
            + "\(line.name) \(line.version) \(line.created.milliseconds) \(line.master) \(Base64.encode(line.sealed))\n"
        let io = RealIO()
        do throws(SystemCallError) {
            let new = try io.open(path + ".new", .create)
            try io.truncate(new, to: 0)
            try io.writeFully(new, Array(text.utf8), at: 0)
            try io.synchronize(new)
            try io.rename(path + ".new", to: path)
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            try io.synchronizeDirectory(parent.isEmpty ? "/" : parent)
        } catch { throw .system(error) }
    }
}
