// Why this file exists: what a log commits to: its size and root, as https://c2sp.org/tlog-checkpoint writes them; and
// the proof file of one entry, as https://c2sp.org/tlog-proof writes it.
import ObjectCore

/// The size and root of a log.
public struct Checkpoint: Sendable, Equatable {
    /// The log's name.
    public var origin: String
    /// How many entries it has.
    public var size: Int64
    /// RFC 6962 root over them.
    public var root: [UInt8]

    public init(origin: String, size: Int64, root: [UInt8]) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// The text that is signed.
    public var text: String { "\(origin)\n\(size)\n\(Base64.encode(root))\n" }

    /// Reads the text of a note; lines after the third are ignored.
    public init(text: String) throws(AuditError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last == "", !lines[0].isEmpty, lines.dropLast().allSatisfy({ !$0.isEmpty })
        else { throw AuditError("a checkpoint has an origin, a size and a root, each on a line") }
        guard let size = Checkpoint.number(lines[1]) else {
            throw AuditError("the size of the checkpoint is no decimal number")
        }
        guard let root = Base64.decode(String(lines[2])), root.count == MerkleHash.length else {
            throw AuditError("the root of the checkpoint is no SHA-256 in base64")
        }
        self.init(origin: String(lines[0]), size: size, root: root)
    }

    /// A decimal without leading zeroes.
    static func number(_ text: some StringProtocol) -> Int64? {
        guard let value = Int64(text), value >= 0, String(value) == text else { return nil }
        return value
    }
}

/// Proves to anybody, offline, that an entry is in the log.
public struct LogProof: Sendable, Equatable {
    /// Counted from 0.
    public var index: Int64
    public var hashes: [[UInt8]]
    /// A signed checkpoint, verbatim.
    public var checkpoint: String
    /// Not authenticated; here the entry itself, so that the file stands alone.
    public var extra: [UInt8]?

    private static let header = "c2sp.org/tlog-proof@v1"

    public init(index: Int64, hashes: [[UInt8]], checkpoint: String, extra: [UInt8]? = nil) {
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
        self.extra = extra
    }

    /// The file's content.
    public var encoded: String {
        var text = LogProof.header + "\n"
        if let extra { text += "extra \(Base64.encode(extra))\n" }
        text += "index \(index)\n"
        for hash in hashes { text += Base64.encode(hash) + "\n" }
        return text + "\n" + checkpoint
    }

    /// Reads a proof file. Nothing in it is to be believed before ``verify(leaf:known:)``.
    public init(encoded: String) throws(AuditError) {
        let malformed = AuditError("this is no proof file of the form \(LogProof.header)")
        // The first empty line ends the proof; the checkpoint follows.
        guard let border = encoded.range(of: "\n\n") else { throw malformed }
        var lines = encoded[..<border.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == LogProof.header[...] else { throw malformed }
        if let line = lines.first, line.hasPrefix("extra ") {
            guard let bytes = Base64.decode(String(line.dropFirst(6))) else { throw malformed }
            extra = bytes
            lines.removeFirst()
        }
        guard let line = lines.popFirst(), line.hasPrefix("index "), let index = Checkpoint.number(line.dropFirst(6))
        else { throw malformed }
        self.index = index
        hashes = []
        for line in lines {
            guard let hash = Base64.decode(String(line)), hash.count == MerkleHash.length, hashes.count < 64 else {
                throw malformed
            }
            hashes.append(hash)
        }
        checkpoint = String(encoded[border.upperBound...])
    }

    /// Checks signatures and inclusion of the entry with this leaf hash; returns the checkpoint that proves it.
    public func verify(leaf: [UInt8], known: [NoteVerifier]) throws(AuditError) -> Checkpoint {
        let note = try SignedNote(encoded: checkpoint)
        let signers = try note.verify(known)
        let head = try Checkpoint(text: note.text)
        guard signers.contains(where: { $0.name == head.origin }) else {
            throw AuditError("the checkpoint is not signed by its own log \(head.origin)")
        }
        guard
            MerkleHash.isIncluded(leaf: leaf, index: index, size: head.size, proof: hashes, root: head.root)
        else { throw AuditError("the entry is not at index \(index) of \(head.origin)") }
        return head
    }
}

extension String {
    /// Where `text` occurs first.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
