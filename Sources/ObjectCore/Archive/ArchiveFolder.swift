// Why this file exists: archives may lie on another device than the rest of a store, and a device may be missing. So the
// directory carries the store's mark, and the store remembers the directory: no command opens the store without it,
// and none takes an empty mount point for it.
// Invariant: the mark is durable before the store remembers the directory, and both before the first segment is there.

/// The directory of a store's cold segments, held by this process.
struct ArchiveFolder: Sendable {
    let path: String
    /// The lock lasts as long as the file is open.
    private let mark: OpenFile

    private static let markName = "cairn-archive.json"
    /// Longest mark or memory that is read, in bytes.
    private static let lengthMaximum = 8192
    /// What may be in a directory that nobody uses.
    private static let ignoredNames: Set<String> = [markName, markName + ".new", "lost+found"]

    static func memoryPath(in folder: String) -> String { folder + "/archive.json" }

    /// Finds the directory, and takes it into use when it is new.
    /// - Parameters:
    ///   - requested: what the operator named; nil for the one in use.
    ///   - folder: the store's folder.
    ///   - uuid: the store's.
    /// - Returns: nil when archives lie in the store's folder.
    /// - Throws: ``StoreError/unusable(_:)`` when it is missing or another's, ``StoreError/locked(_:)``.
    static func open(
        _ requested: String?, in folder: String, uuid: [UInt8], io: any IO
    ) throws(StoreError) -> ArchiveFolder? {
        let known = try remembered(in: folder, io: io)
        guard let path = requested.map(trimmed) ?? known else { return nil }
        guard path.hasPrefix("/") else {
            throw .invalidArgument("the archive directory \(path) is not named from the root of the file system")
        }
        let names: [String]
        do throws(SystemCallError) {
            names = try io.list(path)
        } catch {
            guard error.isMissing else { throw .system(error) }
            throw .unusable("the archive directory \(path) does not exist; is its device mounted?")
        }
        if names.contains(markName) {
            guard try identity(at: path, io: io) == uuid else {
                throw .unusable("the archive directory \(path) belongs to another store")
            }
        } else {
            try take(path, names, known, folder: folder, uuid: uuid, io: io)
        }
        if path != known { try remember(path, in: folder, io: io) }
        return ArchiveFolder(path: path, mark: try lock(path, io: io))
    }

    private static func trimmed(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? trimmed(String(path.dropLast())) : path
    }

    /// Marks a directory that was not one of archives.
    private static func take(
        _ path: String, _ names: [String], _ known: String?, folder: String, uuid: [UInt8], io: any IO
    ) throws(StoreError) {
        if path == known {
            throw .unusable(
                "archives of this store lie in \(path), but its \(markName) is gone; is its device mounted?")
        }
        if let stranger = names.first(where: { !ignoredNames.contains($0) }) {
            throw .unusable("the archive directory \(path) is not empty: it holds \(stranger)")
        }
        if let known, try !isEmpty(known, io: io) {
            throw .unusable(
                "archives of this store lie in \(known); move all of its files to \(path), or go on with \(known)")
        }
        let text = "{\"format\":\(Schema.formatVersion),\"uuid\":\"\(Hex.encode(uuid))\"}\n"
        try StoreFolder.write(text, to: markName, in: path, io: io)
    }

    private static func isEmpty(_ path: String, io: any IO) throws(StoreError) -> Bool {
        do throws(SystemCallError) {
            let names = try io.list(path)
            // An empty mount point, like a directory that is not there, may stand for all that was ever archived.
            return names.contains(markName) && names.allSatisfy { ignoredNames.contains($0) }
        } catch {
            return false
        }
    }

    private static func lock(_ path: String, io: any IO) throws(StoreError) -> OpenFile {
        let isLocked: Bool
        let mark: OpenFile
        do throws(SystemCallError) {
            mark = try io.open(path + "/" + markName, .readWrite)
            isLocked = try io.lock(mark)
        } catch {
            throw .system(error)
        }
        guard isLocked else { throw .locked("another process is using the archive directory \(path)") }
        return mark
    }

    // MARK: Files

    private static func identity(at path: String, io: any IO) throws(StoreError) -> [UInt8]? {
        try member("uuid", of: path + "/" + markName, io: io).flatMap { Hex.decode($0) }
    }

    private static func remembered(in folder: String, io: any IO) throws(StoreError) -> String? {
        let file = memoryPath(in: folder)
        guard let path = try member("directory", of: file, io: io) else { return nil }
        guard path.hasPrefix("/") else { throw .unusable("\(file) names no directory") }
        return path
    }

    private static func remember(_ path: String, in folder: String, io: any IO) throws(StoreError) {
        let document = CanonicalJSON.object([
            ("format", .integer(Int64(Schema.formatVersion))), ("directory", .text(path)),
        ])
        let text = String(decoding: document.encoded(), as: UTF8.self) + "\n"
        try StoreFolder.write(text, to: "archive.json", in: folder, io: io)
    }

    /// A text in a file of one object; nil when there is no such file.
    private static func member(_ name: String, of file: String, io: any IO) throws(StoreError) -> String? {
        var bytes: [UInt8]
        do throws(SystemCallError) {
            bytes = try io.readFully(try io.open(file, .read), count: lengthMaximum, at: 0)
        } catch {
            guard error.isMissing else { throw .system(error) }
            return nil
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard let document = CanonicalJSON(bytes), let text = document[name]?.text,
            document["format"] == .integer(Int64(Schema.formatVersion))
        else { throw .unusable("\(file) is not what a store of this kind has") }
        return text
    }
}
