// Why this file exists: what a power failure can take away, as a list: for every file the changes since its last flush,
// for every directory the names made, moved and removed since its last flush.
// Invariant: undoing a file's list from the end gives what its last flush covered, and doing a part of the list again
// gives a state that a real disk could show.

/// The unflushed changes of all files that were opened through one ``FaultInjectingIO``.
struct UnflushedChanges: Sendable {
    enum Change: Sendable {
        /// `old` is shorter than `new` where the file ended.
        case write(offset: Int64, old: [UInt8], new: [UInt8], oldSize: Int64)
        case truncate(size: Int64, oldSize: Int64, cut: [UInt8])
    }

    private enum NameChange: Sendable {
        case created(String)
        case renamed(from: String, to: String, replaced: [UInt8]?)
        case removed(String, contents: [UInt8])

        var directory: Substring {
            switch self {
            case .created(let path), .removed(let path, _), .renamed(_, let path, _): UnflushedChanges.directory(path)
            }
        }
    }

    // A file is known by a number of its own: descriptors are used again and names move.
    private var nextFile = 0
    private var fileOfDescriptor: [Int32: Int] = [:]
    private var fileOfPath: [String: Int] = [:]
    private var pathOfFile: [Int: String] = [:]
    private var changes: [Int: [Change]] = [:]
    private var nameChanges: [NameChange] = []

    func path(of descriptor: Int32) -> String? {
        fileOfDescriptor[descriptor].flatMap { pathOfFile[$0] }
    }

    mutating func opened(_ path: String, descriptor: Int32, isNew: Bool) {
        let file: Int
        if let known = fileOfPath[path], !isNew {
            file = known
        } else {
            file = nextFile
            nextFile += 1
            fileOfPath[path] = file
            pathOfFile[file] = path
        }
        fileOfDescriptor[descriptor] = file
        if isNew { nameChanges.append(.created(path)) }
    }

    mutating func changed(_ descriptor: Int32, _ change: Change) {
        guard let file = fileOfDescriptor[descriptor] else { return }
        changes[file, default: []].append(change)
    }

    func changeCount(_ descriptor: Int32) -> Int {
        fileOfDescriptor[descriptor].flatMap { changes[$0]?.count } ?? 0
    }

    /// A flush succeeded that began when the file had `covered` changes.
    mutating func flushed(_ descriptor: Int32, covered: Int) {
        guard let file = fileOfDescriptor[descriptor], let list = changes[file] else { return }
        changes[file] = Array(list.dropFirst(covered))
    }

    var nameChangeCount: Int { nameChanges.count }

    mutating func flushedNames(in directory: String, covered: Int) {
        let rest = nameChanges.dropFirst(covered)
        nameChanges = nameChanges.prefix(covered).filter { $0.directory != directory } + rest
    }

    mutating func renamed(_ path: String, to newPath: String, replaced: [UInt8]?, isTracked: Bool) {
        if let file = fileOfPath.removeValue(forKey: path) {
            if let gone = fileOfPath[newPath] { pathOfFile[gone] = nil }
            fileOfPath[newPath] = file
            pathOfFile[file] = newPath
        }
        if isTracked { nameChanges.append(.renamed(from: path, to: newPath, replaced: replaced)) }
    }

    mutating func removed(_ path: String, contents: [UInt8]?) {
        if let file = fileOfPath.removeValue(forKey: path) {
            pathOfFile[file] = nil
            changes[file] = nil
        }
        if let contents { nameChanges.append(.removed(path, contents: contents)) }
    }

    /// Takes back all changes from the real files except for the survivors.
    func apply(_ survival: CrashSurvival, with io: any IO) throws(SystemCallError) {
        var coin: Coin?
        switch survival {
        case .all: return
        case .none: break
        case .random(let seed): coin = Coin(state: seed)
        }
        for file in changes.keys.sorted() {
            guard let list = changes[file], !list.isEmpty, let path = pathOfFile[file] else { continue }
            let handle = try io.open(path, .readWrite)
            for change in list.reversed() { try Self.undo(change, handle, io) }
            guard coin != nil else { continue }
            for change in list { try Self.redo(change, handle, io, &coin) }
        }
        // Names live in one journal: what survives of them is a beginning of the list.
        var surviving = 0
        while coin?.flip() == true, surviving < nameChanges.count { surviving += 1 }
        for change in nameChanges.dropFirst(surviving).reversed() {
            switch change {
            case .created(let path): try? io.remove(path)
            case .renamed(let path, let newPath, let replaced):
                try io.rename(newPath, to: path)
                if let replaced { try Self.restore(newPath, replaced, io) }
            case .removed(let path, let contents): try Self.restore(path, contents, io)
            }
        }
    }

    private static func undo(_ change: Change, _ file: OpenFile, _ io: any IO) throws(SystemCallError) {
        switch change {
        case .write(let offset, let old, _, let oldSize):
            try io.writeFully(file, old, at: offset)
            try io.truncate(file, to: oldSize)
        case .truncate(let size, let oldSize, let cut):
            try io.truncate(file, to: oldSize)
            try io.writeFully(file, cut, at: size)
        }
    }

    private static func redo(_ change: Change, _ file: OpenFile, _ io: any IO, _ coin: inout Coin?)
        throws(SystemCallError)
    {
        switch change {
        case .write(let offset, _, let new, _):
            var start = 0
            while start < new.count {
                let sectorEnd = Int(512 - (offset + Int64(start)) % 512) + start
                let end = min(new.count, sectorEnd)
                if coin?.flip() == true { try io.writeFully(file, Array(new[start..<end]), at: offset + Int64(start)) }
                start = end
            }
        case .truncate(let size, _, _):
            if coin?.flip() == true { try io.truncate(file, to: size) }
        }
    }

    private static func restore(_ path: String, _ contents: [UInt8], _ io: any IO) throws(SystemCallError) {
        let file = try io.open(path, .create)
        try io.truncate(file, to: 0)
        try io.writeFully(file, contents, at: 0)
    }

    private static func directory(_ path: String) -> Substring {
        path.lastIndex(of: "/").map { path[..<$0] } ?? ""
    }

    /// See: Steele et al., "SplitMix", OOPSLA 2014.
    private struct Coin {
        var state: UInt64
        mutating func flip() -> Bool {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return (mixed ^ (mixed >> 31)) & 1 == 1
        }
    }
}
