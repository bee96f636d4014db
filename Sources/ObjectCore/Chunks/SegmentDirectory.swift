// Why this file exists: the one place that knows the names of segment files, in DATA/segments and in the archive
// directory, and the numbers' high-water mark.
// Invariant: no path contains anything but numbers and constants.

/// Where the file of a segment is, whatever its number.
struct SegmentPlace: Sendable, Hashable {
    /// Whether the cold stream wrote it, which its name tells.
    var isCold = false
    /// Whether it lies in the archive directory. Cold segments of a time without one lie among the others.
    var isApart = false
}

/// Names and numbers of segment files.
struct SegmentDirectory: Sendable {
    let path: String
    /// Where new cold segments go; nil for ``path``.
    let archivePath: String?
    let store: [UInt8]
    let io: any IO

    init(path: String, archivePath: String? = nil, store: [UInt8], io: any IO) {
        self.path = path
        self.archivePath = archivePath
        self.store = store
        self.io = io
    }

    enum Name: Equatable {
        case open(Int64, isCold: Bool)
        case sealed(Int64, isCold: Bool)
        case spare
        case sequence
        case temporary
        case foreign

        init(_ name: String) {
            switch name {
            case "spare": self = .spare
            case "sequence": self = .sequence
            case "spare.tmp", "sequence.tmp": self = .temporary
            default:
                let parts = name.split(separator: ".", omittingEmptySubsequences: false)
                guard (2...4).contains(parts.count), parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    let number = Int64(parts[0]), SegmentDirectory.digits(number) == parts[0]
                else {
                    self = .foreign
                    return
                }
                switch parts.dropFirst() {
                case ["seg"]: self = .sealed(number, isCold: false)
                case ["open", "seg"]: self = .open(number, isCold: false)
                case ["cold", "seg"]: self = .sealed(number, isCold: true)
                case ["cold", "open", "seg"]: self = .open(number, isCold: true)
                default: self = .foreign
                }
            }
        }
    }

    func path(open number: Int64, _ place: SegmentPlace) -> String { stem(number, place) + ".open.seg" }
    func path(sealed number: Int64, _ place: SegmentPlace) -> String { stem(number, place) + ".seg" }

    private func stem(_ number: Int64, _ place: SegmentPlace) -> String {
        folder(of: place) + "/" + Self.digits(number) + (place.isCold ? ".cold" : "")
    }

    /// The directory that holds the segments of a place.
    func folder(of place: SegmentPlace) -> String { place.isApart ? archivePath ?? path : path }

    /// Where new segments of a stream go.
    func place(of stream: ChunkStream) -> SegmentPlace {
        stream == .cold ? SegmentPlace(isCold: true, isApart: archivePath != nil) : SegmentPlace()
    }
    var sparePath: String { path + "/spare" }
    var temporarySparePath: String { path + "/spare.tmp" }

    private static func digits(_ number: Int64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
    }

    private static let sequenceMagic = Array("CAIRNSEQ".utf8)

    /// The lowest number that was never used, or nil when none was.
    func readSequence() throws(StoreError) -> Int64? {
        let bytes: [UInt8]
        do {
            bytes = try io.readFully(io.open(path + "/sequence", .read), count: 64, at: 0)
        } catch {
            guard error.isMissing else { throw .system(error) }
            return nil
        }
        guard bytes.count == 44 else { throw .corrupt("\(path)/sequence has \(bytes.count) bytes instead of 44") }
        let next: Int64 = bytes.withUnsafeBytes { $0.loadLittle(at: 32) }
        guard next >= 0, encodeSequence(next) == bytes else {
            throw .corrupt("\(path)/sequence is damaged or belongs to another store")
        }
        return next
    }

    /// Durably promises that no number from `next` on was used.
    func writeSequence(_ next: Int64) throws(SystemCallError) {
        let temporary = path + "/sequence.tmp"
        let file = try io.open(temporary, .create)
        try io.truncate(file, to: 0)
        try io.writeFully(file, encodeSequence(next), at: 0)
        try io.synchronize(file)
        try io.rename(temporary, to: path + "/sequence")
        try io.synchronizeDirectory(path)
    }

    /// Makes the existence of the directory durable.
    func synchronizeParent() throws(SystemCallError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try io.synchronizeDirectory(parent.isEmpty ? "/" : parent)
    }

    private func encodeSequence(_ next: Int64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 44)
        bytes.withUnsafeMutableBytes { bytes in
            bytes.copyBytes(from: Self.sequenceMagic)
            bytes.storeLittle(SegmentFormat.version, at: 8)
            UnsafeMutableRawBufferPointer(rebasing: bytes[16..<32]).copyBytes(from: store)
            bytes.storeLittle(next, at: 32)
            bytes.storeLittle(Digest.crc32c(UnsafeRawBufferPointer(rebasing: bytes[..<40])), at: 40)
        }
        return bytes
    }
}
