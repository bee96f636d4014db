// Why this file exists: a log as a folder of files in the layout of https://c2sp.org/tlog-tiles: it can be served by any
// web server, kept by an auditor, and verified without the store.
import Foundation
import ObjectCore

/// Writes the files of an export.
struct ExportWriter {
    private let directory: String

    /// - Parameter origin: the log that is exported.
    /// - Throws: ``AuditError`` when the folder holds another log.
    init(_ directory: String, origin: String) throws(AuditError) {
        self.directory = directory
        if let text = try AuditFolder.read(directory + "/checkpoint"), !text.hasPrefix(origin + "\n") {
            throw AuditError("\(directory) holds the export of another log")
        }
    }

    /// Writes what opens commitments, or removes what an earlier export has written.
    func write(_ openings: [EntryOpening], to name: String) throws {
        guard openings.isEmpty else {
            try write(Array(openings.map { $0.line + "\n" }.joined().utf8), name)
            return
        }
        do throws(SystemCallError) { try RealIO().remove(directory + "/" + name) } catch {
            guard error.isMissing else { throw AuditError("cannot remove \(directory)/\(name): \(error)") }
        }
    }

    /// Replaces a file whole; a reader finds the old one or the new one. It is not flushed.
    func write(_ bytes: [UInt8], _ name: String) throws {
        let file = directory + "/" + name
        let parent = String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            let io = RealIO()
            // Made anew: what lies there under that name, a link perhaps, is not written through.
            do throws(SystemCallError) { try io.remove(file + ".new") } catch {
                guard error.isMissing else { throw error }
            }
            let new = try io.open(file + ".new", .createNew)
            try io.writeFully(new, bytes, at: 0)
            try io.rename(file + ".new", to: file)
        } catch let error as SystemCallError {
            throw AuditError("cannot write \(file): \(error)")
        } catch {
            throw AuditError("cannot make \(parent): \(error.localizedDescription)")
        }
    }
}

/// Paths of tiles and bundles. See: https://c2sp.org/tlog-tiles
public enum TilePath: Sendable, Equatable {
    case checkpoint
    case tile(level: Int, number: Int64, width: Int64)
    case bundle(number: Int64, width: Int64)

    private static func suffix(_ width: Int64) -> String { width == AuditLog.tileWidth ? "" : ".p/\(width)" }

    /// Groups of three digits, all but the last after an `x`.
    private static func index(_ number: Int64) -> String {
        var groups: [String] = []
        var rest = number
        repeat {
            let group = String(rest % 1000)
            groups.append(String(repeating: "0", count: 3 - group.count) + group)
            rest /= 1000
        } while rest > 0
        return groups.reversed().enumerated().map { $0 < groups.count - 1 ? "x" + $1 : $1 }.joined(separator: "/")
    }

    /// Reads a path below the log's prefix, without a leading slash; nil for anything else.
    public init?(_ path: some StringProtocol) {
        if path == "checkpoint" {
            self = .checkpoint
            return
        }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard parts.popFirst() == "tile", let kind = parts.popFirst() else { return nil }
        var width = AuditLog.tileWidth
        if parts.count >= 2, let last = parts.dropLast().last, last.hasSuffix(".p") {
            guard let value = Checkpoint.number(parts.removeLast()), (1..<AuditLog.tileWidth).contains(value),
                let name = parts.popLast()
            else { return nil }
            width = value
            parts.append(name.dropLast(2))
        }
        var number: Int64 = 0
        guard !parts.isEmpty, parts.count <= 5 else { return nil }
        for (place, part) in parts.enumerated() {
            let isLast = place == parts.count - 1
            let digits = isLast ? part[...] : part.dropFirst()
            guard isLast || part.hasPrefix("x"), digits.utf8.count == 3,
                digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let group = Int64(digits)
            else { return nil }
            number = number * 1000 + group
        }
        if kind == "entries" {
            self = .bundle(number: number, width: width)
        } else {
            guard let level = Checkpoint.number(kind), level < 64 else { return nil }
            self = .tile(level: Int(level), number: number, width: width)
        }
        // Another spelling of the same number (leading groups of zeroes) is another path.
        guard text == path else { return nil }
    }

    /// The path's text.
    var text: String {
        switch self {
        case .checkpoint: "checkpoint"
        case .tile(let level, let number, let width):
            "tile/\(level)/\(TilePath.index(number))\(TilePath.suffix(width))"
        case .bundle(let number, let width): "tile/entries/\(TilePath.index(number))\(TilePath.suffix(width))"
        }
    }
}
