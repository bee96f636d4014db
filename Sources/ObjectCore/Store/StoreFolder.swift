// Why this file exists: the one file that knows every path of a store (docs/FORMAT.md, "Folder").
private import Glibc
private import Synchronization

/// A store's folder, held by this process.
final class StoreFolder: Sendable {
    /// Longest `cairn.json` that is read, in bytes.
    private static let identityLengthMaximum = 4096

    let path: String
    /// 16 random bytes, made with the folder.
    let uuid: [UInt8]
    /// Where what is archived lies; nil for among the other segments.
    let archivePath: String?
    /// The locks last as long as their files are open.
    private let locks: Mutex<(folder: OpenFile, archive: ArchiveFolder?)?>

    static func databasePath(in path: String) -> String { path + "/meta.sqlite" }
    static func segmentsPath(in path: String) -> String { path + "/segments" }
    private static func lockPath(in path: String) -> String { path + "/lock" }
    private static func identityPath(in path: String) -> String { path + "/cairn.json" }

    private init(path: String, uuid: [UInt8], lock: OpenFile, archive: ArchiveFolder?) {
        self.path = path
        self.uuid = uuid
        archivePath = archive?.path
        locks = Mutex((lock, archive))
    }

    /// Opens the folder, making it when it is missing or empty, and locks it.
    /// - Parameter archive: see ``ArchiveFolder/open(_:in:uuid:io:)``.
    static func open(_ path: String, archive: String? = nil, io: any IO) throws(StoreError) -> StoreFolder {
        let lock = try attempt { () throws(SystemCallError) in
            try makeDirectories(path, io: io)
            return try io.open(lockPath(in: path), .create)
        }
        guard try attempt({ () throws(SystemCallError) in try io.lock(lock) }) else {
            let holder = try attempt { () throws(SystemCallError) in try io.readFully(lock, count: 32, at: 0) }
            throw .locked("another process (pid \(String(decoding: holder, as: UTF8.self))) is using this store")
        }
        try attempt { () throws(SystemCallError) in
            try io.truncate(lock, to: 0)
            try io.writeFully(lock, Array(String(getpid()).utf8), at: 0)
        }
        let uuid = try identity(path, io: io)
        let archive = try ArchiveFolder.open(archive, in: path, uuid: uuid, io: io)
        return StoreFolder(path: path, uuid: uuid, lock: lock, archive: archive)
    }

    /// Makes a directory and what is missing above it. The name of each is durable before anything is put into it: a file
    /// that was flushed is lost when its directory is.
    private static func makeDirectories(_ path: String, io: any IO) throws(SystemCallError) {
        var made = path.hasPrefix("/") ? "/" : ""
        var parent = made.isEmpty ? "." : made
        for component in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(component) : "/" + component
            do throws(SystemCallError) {
                _ = try io.status(at: made)
            } catch {
                guard error.isMissing else { throw error }
                try io.makeDirectory(made)
                try io.synchronizeDirectory(parent)
            }
            parent = made
        }
    }

    /// Lets another process take the folder.
    func unlock() { locks.withLock { $0 = nil } }

    /// `cairn.json` marks a folder as a store. It is written before anything else is made in an empty folder.
    private static func identity(_ path: String, io: any IO) throws(StoreError) -> [UInt8] {
        let file = identityPath(in: path)
        let names = try attempt { () throws(SystemCallError) in try io.list(path) }
        if names.contains("cairn.json") {
            let text = try attempt { () throws(SystemCallError) in
                try io.readFully(try io.open(file, .read), count: identityLengthMaximum, at: 0)
            }
            return try parse(String(decoding: text, as: UTF8.self), file: file)
        }
        let strangers = names.filter { !["lock", "lost+found", "cairn.json.new"].contains($0) }
        guard strangers.isEmpty else {
            throw .unusable("\(path) is neither empty nor a store: it holds \(strangers[0])")
        }
        // RFC 9562 section 5.4: a random UUID.
        var uuid = try attempt { () throws(SystemCallError) in try io.randomBytes(count: 16) }
        uuid[6] = uuid[6] & 0x0f | 0x40
        uuid[8] = uuid[8] & 0x3f | 0x80
        let text = "{\"format\":\(Schema.formatVersion),\"uuid\":\"\(Hex.encode(uuid))\"}\n"
        try write(text, to: "cairn.json", in: path, io: io)
        return uuid
    }

    /// Temporary file, flush, rename, flush of the folder: the file is there whole or not at all.
    static func write(_ text: String, to name: String, in folder: String, io: any IO) throws(StoreError) {
        let file = folder + "/" + name
        try attempt { () throws(SystemCallError) in
            let temporary = try io.open(file + ".new", .create)
            try io.truncate(temporary, to: 0)
            try io.writeFully(temporary, Array(text.utf8), at: 0)
            try io.synchronize(temporary)
            try io.rename(file + ".new", to: file)
            try io.synchronizeDirectory(folder)
        }
    }

    private static func parse(_ text: String, file: String) throws(StoreError) -> [UInt8] {
        let fields = text.split { "{}:,\" \n".contains($0) }
        guard fields.count == 4, fields[0] == "format", let format = Int(fields[1]), fields[2] == "uuid",
            let uuid = Hex.decode(String(fields[3])), uuid.count == 16
        else { throw .unusable("\(file) is not what a store of this kind has") }
        guard format == Schema.formatVersion else {
            throw .unusable("\(file) says format \(format); this program reads format \(Schema.formatVersion)")
        }
        return uuid
    }

    /// Lifts an error of a system call into the store's.
    private static func attempt<Value>(_ work: () throws(SystemCallError) -> Value) throws(StoreError) -> Value {
        do throws(SystemCallError) { return try work() } catch { throw .system(error) }
    }
}
