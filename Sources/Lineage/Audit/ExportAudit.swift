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
        walk(own.size, &chain, &report)
        chain.finish(&report)
        compareTiles(own.size, chain.tiles, &report)
        checkOpenings(own.size, &report)
        return report
    }

    /// Holds what opens commitments, where the folder has something, against the entries that it is about.
    private func checkOpenings(_ size: Int64, _ report: inout AuditReport) {
        guard let bytes = ExportAudit.contents(path, EntryOpening.file) else { return }
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let opening = EntryOpening(line: String(decoding: line, as: UTF8.self)) else {
                report.report("openings, line \(number + 1): it opens nothing")
                continue
            }
            let index = opening.position - 1
            guard let entry = entry(at: index, size: size), opening.opens(entry) else {
                report.report("journal index \(index): openings, line \(number + 1) does not open a commitment of it")
                continue
            }
        }
    }

    /// The entry of an index, out of its bundle.
    private func entry(at index: Int64, size: Int64) -> [UInt8]? {
        guard index >= 0, index < size else { return nil }
        let start = index / 256 * 256
        let name = TilePath.bundle(number: index / 256, width: min(256, size - start)).text
        guard let bundle = ExportAudit.contents(path, name) else { return nil }
        var position = 0
        for _ in start..<index {
            guard position + 2 <= bundle.count else { return nil }
            position += 2 + (Int(bundle[position]) << 8 | Int(bundle[position + 1]))
        }
        guard position + 2 <= bundle.count else { return nil }
        let length = Int(bundle[position]) << 8 | Int(bundle[position + 1])
        guard position + 2 + length <= bundle.count else { return nil }
        return Array(bundle[position + 2..<position + 2 + length])
    }

    /// Reads the bundles on all processors; stops at the first that is not whole.
    private func walk(_ size: Int64, _ chain: inout EntryChain, _ report: inout AuditReport) {
        let path = self.path
        let boundaries = chain.boundaries
        let units = Int((size + EntryUnit.entriesMaximum - 1) / EntryUnit.entriesMaximum)
        OrderedWork.run(units: units) { number in
            let first = Int64(number) * EntryUnit.entriesMaximum
            return ExportAudit.unit(first..<min(first + EntryUnit.entriesMaximum, size), in: path, boundaries)
        } _: { unit in
            chain.take(unit, &report)
        }
    }

    /// Reads bundles and the leaf tiles beside them.
    private static func unit(_ range: Range<Int64>, in path: String, _ boundaries: [Int64]) -> EntryUnit {
        let hasher = MerkleHasher()
        var unit = EntryUnit(first: range.lowerBound, boundaries: boundaries)
        var start = range.lowerBound
        while start < range.upperBound, !unit.isBroken {
            let width = min(256, range.upperBound - start)
            let name = TilePath.tile(level: 0, number: start / 256, width: width).text
            let tile = contents(path, name)
            if tile == nil { unit.report("\(name) is missing", at: start) }
            guard let bundle = contents(path, TilePath.bundle(number: start / 256, width: width).text) else {
                unit.report(
                    "journal index \(start): the bundle of this and the following entries is missing", at: start)
                unit.isBroken = true
                break
            }
            read(bundle, tile, named: name, width: width, into: &unit, hasher)
            start += width
        }
        return unit
    }

    private static func read(
        _ bundle: [UInt8], _ tile: [UInt8]?, named name: String, width: Int64, into unit: inout EntryUnit,
        _ hasher: borrowing MerkleHasher
    ) {
        var position = 0
        let start = unit.end
        bundle.withUnsafeBytes { bundle in
            (tile ?? []).withUnsafeBytes { leaves in
                while position + 2 <= bundle.count, unit.end < start + width {
                    let length = Int(bundle[position]) << 8 | Int(bundle[position + 1])
                    guard position + 2 + length <= bundle.count else { break }
                    let place = Int(unit.end - start) * MerkleHash.length
                    let leaf =
                        place + MerkleHash.length <= leaves.count
                        ? UnsafeRawBufferPointer(rebasing: leaves[place..<place + MerkleHash.length]) : nil
                    if tile != nil, leaf == nil {
                        unit.report("journal index \(unit.end): \(name) is cut short", at: unit.end)
                    }
                    unit.take(
                        UnsafeRawBufferPointer(rebasing: bundle[position + 2..<position + 2 + length]), leaf: leaf,
                        at: nil, hasher)
                    position += 2 + length
                }
            }
        }
        if unit.end != start + width || position != bundle.count {
            unit.report("journal index \(unit.end): the bundle is cut, or has something behind its end", at: unit.end)
            unit.isBroken = true
        } else if let tile, tile.count != Int(width) * MerkleHash.length {
            unit.report("journal index \(start): \(name) has another length than its entries give", at: start)
        }
    }

    /// Compares the levels above the leaves.
    private func compareTiles(_ size: Int64, _ tiles: MemoryTiles, _ report: inout AuditReport) {
        guard report.entries == size else { return }
        var level = 1
        while size >> Int64(level * 8) > 0 {
            let total = size >> Int64(level * 8)
            for number in 0..<(total + 255) / 256 {
                let width = min(256, total - number * 256)
                let name = TilePath.tile(level: level, number: number, width: width).text
                guard let tile = ExportAudit.contents(path, name) else {
                    report.report("\(name) is missing")
                    continue
                }
                let right = tiles.hashes(level: level - 1, number * 256..<number * 256 + width)
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

    private static func contents(_ path: String, _ name: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path + "/" + name).map { [UInt8]($0) }
    }
}
