// Why this file exists: what can be said beside a question, and its limits.
public import ObjectCore

/// An object as people name it.
public struct ObjectName: Sendable, Hashable, CustomStringConvertible {
    public var bucket: String
    public var key: ObjectKey
    /// Nil means the current version.
    public var version: VersionID?

    public init(bucket: String, key: ObjectKey, version: VersionID? = nil) {
        self.bucket = bucket
        self.key = key
        self.version = version
    }

    public var description: String {
        "s3://\(bucket)/\(key)" + (version.map { "?versionId=\($0)" } ?? "")
    }

    /// Reads `s3://BUCKET/KEY` or `s3://BUCKET/KEY?versionId=ID`; nil for anything else.
    public init?(_ text: String) {
        guard text.hasPrefix("s3://") else { return nil }
        let rest = text.dropFirst(5)
        guard let slash = rest.firstIndex(of: "/"), slash != rest.startIndex else { return nil }
        var name = rest[rest.index(after: slash)...]
        let mark = "?versionId="
        if let start = name.indices.last(where: { name[$0...].hasPrefix(mark) }) {
            guard let id = VersionID(name[start...].dropFirst(mark.count)) else { return nil }
            version = id
            name = name[..<start]
        }
        guard let key = try? ObjectKey(String(name)) else { return nil }
        bucket = String(rest[..<slash])
        self.key = key
    }
}

/// Limits and filters of a question.
public struct QuestionOptions: Sendable {
    /// When the graph is looked at.
    public enum Moment: Sendable, Hashable {
        /// As the journal was when it had so many entries.
        case index(Int64)
        case time(Timestamp)

        /// Reads a journal index or a time of RFC 3339.
        public init?(_ text: String) {
            if let index = Int64(text), index >= 0 {
                self = .index(index)
            } else if let time = EventTime.parse(text) {
                self = .time(time)
            } else {
                return nil
            }
        }
    }

    /// Nodes that one answer gives unless told otherwise, and at most.
    public static let nodesDefault = 10_000
    public static let nodesMaximum = 1_000_000

    /// What one question may have read to compute digests, unless told otherwise and at most, in bytes.
    public static let digestBytesDefault: Int64 = 1 << 30
    public static let digestBytesMaximum: Int64 = 1 << 40

    /// Steps from version to version.
    public var depth = Int.max
    public var evidence = EvidenceSet.all
    public var kinds = EdgeKinds.dataFlow
    public var limit = nodesDefault
    /// Of a closure: a page of ``limit`` nodes behind so many; nil for one answer that is cut at ``limit``.
    public var after: Int?
    public var at: Moment?
    /// Bytes that are read at most to compute digests which an answer lacks.
    public var digestBytes = digestBytesDefault
    public var isCancelled: @Sendable () -> Bool = { false }

    public init() {}
}
