// Why this file exists: verifies an exported log without the store that it came from.
import Foundation
import ObjectCore

/// An audit of an exported folder.
public struct ExportAudit {
    private let path: String
    /// Signed checkpoints that were kept, with a name for each (a file).
    public var checkpoints: [(name: String, text: String)] = []
    /// Keys to believe instead of those in the folder.
    public var verifiers: [NoteVerifier]?

    public init(_ path: String) { self.path = path }

    /// Whether a folder looks like an export.
    public static func isExport(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/checkpoint")
            && FileManager.default.fileExists(atPath: path + "/tile")
    }

    /// Checks signatures, every entry against the leaf tile, every tile against the level below, and every checkpoint.
    public func run() throws -> AuditReport {
        var report = AuditReport()
        guard let head = try AuditFolder.read(path + "/checkpoint") else {
            throw AuditError("\(path) holds no checkpoint")
        }
        var known = verifiers ?? []
        if verifiers == nil, let text = try AuditFolder.read(path + "/verifier-keys") {
            known = try NoteVerifier.list(text)
        }
        var anchors = AuditAnchors(origin: nil, verifiers: known)
        anchors.take(head, name: "the checkpoint in the folder", &report)
        guard let own = anchors.checkpoints.first else { return report }
        for checkpoint in checkpoints { anchors.take(checkpoint.text, name: checkpoint.name, &report) }
        for other in anchors.checkpoints where other.origin != own.origin {
            report.report("a checkpoint is one of another log, \(other.origin)")
        }
        var chain = EntryChain(checkpoints: anchors.checkpoints.filter { $0.size <= own.size })
        for later in anchors.checkpoints where later.size > own.size {
            report.report("the folder has \(own.size) entries; a checkpoint binds the log to \(later.size)")
        }
        var tiles = MemoryTiles()
        var replay = StateReplay()
        try readEntries(own.size, &chain, &tiles, &replay, &report)
        chain.finish(&report)
        try compareTiles(own.size, tiles, &report)
        return report
    }

    private func readEntries(
        _ size: Int64, _ chain: inout EntryChain, _ tiles: inout MemoryTiles, _ replay: inout StateReplay,
        _ report: inout AuditReport
    ) throws {
        for number in 0..<(size + 255) / 256 {
            let width = min(256, size - number * 256)
            guard let bundle = contents(TilePath.bundle(number: number, width: width).text) else {
                report.report("journal index \(number * 256): the bundle of this and the following entries is missing")
                return
            }
            var position = 0
            var count: Int64 = 0
            while position + 2 <= bundle.count, count < width {
                let length = Int(bundle[position]) << 8 | Int(bundle[position + 1])
                guard position + 2 + length <= bundle.count else { break }
                let bytes = Array(bundle[position + 2..<position + 2 + length])
                let index = chain.range.size
                tiles.append(MerkleHash.leaf(bytes))
                if let entry = chain.take(bytes, &report) { replay.take(entry, index: index, &report) }
                position += 2 + length
                count += 1
            }
            if count != width || position != bundle.count {
                report.report(
                    "journal index \(number * 256 + count): the bundle is cut, or has something behind its end")
                return
            }
        }
    }

    private func compareTiles(_ size: Int64, _ tiles: MemoryTiles, _ report: inout AuditReport) throws {
        guard report.entries == size else { return }
        var level = 0
        while size >> Int64(level * 8) > 0 {
            let total = size >> Int64(level * 8)
            for number in 0..<(total + 255) / 256 {
                let width = min(256, total - number * 256)
                let name = TilePath.tile(level: level, number: number, width: width).text
                guard let tile = contents(name) else {
                    report.report("\(name) is missing")
                    continue
                }
                let right = tiles.hashes(level: level, number * 256..<number * 256 + width)
                guard tile != right.flatMap({ $0 }) else { continue }
                let place = right.indices.first { index in
                    let start = index * MerkleHash.length
                    return start + MerkleHash.length > tile.count
                        || Array(tile[start..<start + MerkleHash.length]) != right[index]
                }
                let index = (number * 256 + Int64(place ?? right.count)) << Int64(level * 8)
                report.report("journal index \(index): \(name) has another hash than the entries give")
            }
            level += 1
        }
    }

    private func contents(_ name: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path + "/" + name).map { [UInt8]($0) }
    }
}
