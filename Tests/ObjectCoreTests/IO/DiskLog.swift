// Why this file exists: what was done to a disk, in order, and from it every state that a crash may leave. A disk writes
// back what was not flushed when and in what order it likes, in blocks; names follow the journal of their directory.
// Invariant: a state holds all that a flush covers which had returned before the crash. Of the rest of each file any set
// of blocks is there; of the rest of each directory's names a beginning.
import Synchronization

@testable import ObjectCore

/// One thing that was done. Files are known by a number of their own, as inodes are.
enum DiskEvent: Sendable {
    case made(directory: String)
    case created(path: String, file: Int)
    case wrote(file: Int, offset: Int64, bytes: [UInt8])
    case truncated(file: Int, size: Int64)
    /// A flush returned that had begun when the log was `began` long.
    case flushed(file: Int, began: Int)
    case renamed(from: String, to: String)
    case removed(path: String)
    case flushedNames(directory: String, began: Int)
    /// A commit of the database returned; `content` are its files then.
    case committed(content: [String: [UInt8]], began: Int)
    /// Something that the test wants to find again.
    case mark(DiskMark)

    /// The directory whose names the event changes.
    var directory: String? {
        switch self {
        case .made(let path), .created(let path, _), .renamed(_, let path), .removed(let path): DiskLog.parent(path)
        default: nil
        }
    }
}

enum DiskMark: Sendable, Equatable {
    case began(Int)
    case acknowledged(Int)
}

/// The log of a disk that is empty at its beginning.
final class DiskLog: Sendable {
    private let state = Mutex<[DiskEvent]>([])

    var events: [DiskEvent] { state.withLock { $0 } }
    var count: Int { state.withLock { $0.count } }
    func append(_ event: DiskEvent) { state.withLock { $0.append(event) } }

    static func parent(_ path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
}

/// What survives of what was not flushed.
enum DiskSurvival: Sendable, CustomStringConvertible {
    case nothing
    case everything
    /// The unflushed changes of files and names in order, up to this many.
    case first(Int)
    /// All unflushed changes of files but this one.
    case allBut(Int)
    /// All, but of the last write only this many blocks.
    case torn(blocks: Int, of: Int)
    /// Each block, and each further name, with probability one half.
    case random(seed: UInt64, block: Int)

    var description: String {
        switch self {
        case .nothing: "nothing survives"
        case .everything: "everything survives"
        case .first(let count): "the first \(count) survive"
        case .allBut(let index): "all but number \(index) survive"
        case .torn(let blocks, let length): "\(blocks) blocks of \(length) bytes of the last write survive"
        case .random(let seed, let block): "blocks of \(block) bytes survive by seed \(seed)"
        }
    }
}

/// The files of a disk after a crash.
struct DiskImage: Sendable {
    var directories: Set<String> = []
    var files: [String: [UInt8]] = [:]

    /// Makes the files. What lies in a directory that was lost is lost.
    func write(replacing root: String, by target: String) throws {
        for directory in directories.sorted() where directory.hasPrefix(root) {
            try RealIO().makeDirectory(target + directory.dropFirst(root.count))
        }
        for (path, bytes) in files where path.hasPrefix(root) {
            let parent = DiskLog.parent(path)
            guard parent == root || directories.contains(parent) else { continue }
            try ObjectCoreTests.write(bytes, to: target + path.dropFirst(root.count))
        }
    }
}

/// A moment at which the machine may stop: behind the first `cut` events of a log.
struct CrashPoint {
    private let events: ArraySlice<DiskEvent>
    /// Indices of events that change files, and of those that change names by directory, and that nothing made durable.
    private let loose: [Int]
    private let looseNames: [String: [Int]]

    init(_ events: [DiskEvent], cut: Int) {
        self.events = events[..<cut]
        var loose: [Int: [Int]] = [:]
        var names: [String: [Int]] = [:]
        for (index, event) in self.events.enumerated() {
            switch event {
            case .wrote(let file, _, _), .truncated(let file, _): loose[file, default: []].append(index)
            case .flushed(let file, let began): loose[file]?.removeAll { $0 < began }
            case .flushedNames(let directory, let began): names[directory]?.removeAll { $0 < began }
            case .made, .created, .renamed, .removed: names[event.directory ?? "", default: []].append(index)
            case .committed, .mark: break
            }
        }
        self.loose = loose.values.joined().sorted()
        looseNames = names.filter { !$0.value.isEmpty }
    }

    /// What may survive here: every prefix, every single loss and every torn end while they are few, and by chance.
    func survivals(randomCount: Int) -> [DiskSurvival] {
        let nameCount = looseNames.values.reduce(0) { $0 + $1.count }
        guard loose.count + nameCount > 0 else { return [.nothing] }
        var all: [DiskSurvival] = [.nothing, .everything]
        let few = 8
        if loose.count + nameCount <= few {
            all += (1..<max(1, loose.count + nameCount)).map { .first($0) }
            if loose.count > 1 { all += loose.indices.map { .allBut($0) } }
        }
        if let last = loose.last, case .wrote(_, let offset, let bytes) = events[last] {
            for block in [512, 4096] {
                let count = Int((offset + Int64(bytes.count) - 1) / Int64(block) - offset / Int64(block)) + 1
                for blocks in Set([1, count / 2, count - 1]) where blocks > 0 && blocks < count {
                    all.append(.torn(blocks: blocks, of: block))
                }
            }
        }
        for number in 0..<randomCount {
            all.append(.random(seed: UInt64(events.count * 64 + number), block: number % 2 == 0 ? 512 : 4096))
        }
        return all
    }

    func image(_ survival: DiskSurvival) -> DiskImage {
        var random = SeededRandom(seed: 0)
        if case .random(let seed, _) = survival { random = SeededRandom(seed: seed) }
        let lost = lostNames(survival, &random)
        let looseIndices = Set(loose)
        var contents: [Int: [UInt8]] = [:]
        var names: [String: Int] = [:]
        var image = DiskImage()
        var rank = 0
        for (index, event) in events.enumerated() {
            switch event {
            case .made(let directory): if !lost.contains(index) { image.directories.insert(directory) }
            case .created(let path, let file): if !lost.contains(index) { names[path] = file }
            case .renamed(let from, let to):
                if !lost.contains(index) { names[to] = names.removeValue(forKey: from) }
            case .removed(let path): if !lost.contains(index) { names[path] = nil }
            case .wrote(let file, let offset, let bytes):
                guard looseIndices.contains(index) else {
                    Self.write(bytes[...], to: &contents[file, default: []], at: offset)
                    continue
                }
                for piece in pieces(of: bytes, at: offset, isLast: index == loose.last, rank, survival, &random) {
                    Self.write(bytes[piece], to: &contents[file, default: []], at: offset + Int64(piece.lowerBound))
                }
                rank += 1
            case .truncated(let file, let size):
                var survives = true
                if looseIndices.contains(index) {
                    survives = !pieces(of: [0], at: 0, isLast: false, rank, survival, &random).isEmpty
                    rank += 1
                }
                if survives { Self.resize(&contents[file, default: []], to: size) }
            case .committed(let content, _):
                for (path, bytes) in content { image.files[path] = bytes }
            case .flushed, .flushedNames, .mark: break
            }
        }
        for (path, file) in names { image.files[path] = contents[file] ?? [] }
        return image
    }

    /// Which name changes are not there: the end of each directory's list.
    private func lostNames(_ survival: DiskSurvival, _ random: inout SeededRandom) -> Set<Int> {
        var lost: Set<Int> = []
        for (_, changes) in looseNames.sorted(by: { $0.key < $1.key }) {
            let kept =
                switch survival {
                case .nothing: 0
                case .everything, .allBut, .torn: changes.count
                case .first(let count): min(changes.count, max(0, count - loose.count))
                case .random: Int(random.next() % UInt64(changes.count + 1))
                }
            lost.formUnion(changes.dropFirst(kept))
        }
        return lost
    }

    /// The parts of a loose write that are there.
    private func pieces(
        of bytes: [UInt8], at offset: Int64, isLast: Bool, _ rank: Int, _ survival: DiskSurvival,
        _ random: inout SeededRandom
    ) -> [Range<Int>] {
        func blocks(_ length: Int) -> [Range<Int>] {
            var start = 0
            var blocks: [Range<Int>] = []
            while start < bytes.count {
                let end = min(bytes.count, start + length - Int((offset + Int64(start)) % Int64(length)))
                blocks.append(start..<end)
                start = end
            }
            return blocks
        }
        switch survival {
        case .nothing: return []
        case .everything: return [bytes.indices]
        case .first(let count): return rank < count ? [bytes.indices] : []
        case .allBut(let index): return rank == index ? [] : [bytes.indices]
        case .torn(let count, let length): return isLast ? Array(blocks(length).prefix(count)) : [bytes.indices]
        case .random(_, let length): return blocks(length).filter { _ in random.next() & 1 == 1 }
        }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to content: inout [UInt8], at offset: Int64) {
        let end = Int(offset) + bytes.count
        if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
        content.withUnsafeMutableBytes { content in
            UnsafeMutableRawBufferPointer(rebasing: content[Int(offset)..<end]).copyBytes(from: bytes)
        }
    }

    private static func resize(_ content: inout [UInt8], to size: Int64) {
        if content.count > Int(size) {
            content.removeLast(content.count - Int(size))
        } else {
            content += [UInt8](repeating: 0, count: Int(size) - content.count)
        }
    }
}
