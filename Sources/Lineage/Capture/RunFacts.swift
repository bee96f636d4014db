// Why this file exists: what is known of a run when it begins, whoever begins it: a session's tags, an ordinary key, or
// a program that embeds the store.
public import ObjectCore

/// What a run is begun with.
public struct RunFacts: Sendable, Hashable {
    /// Nil lets Cairn issue one.
    public var id: RunID?
    public var job: Job?
    public var parent: RunID?
    /// Whether nobody announced the run: requests of one key without a longer pause.
    public var isImplicit = false
    /// Canonical id of the account.
    public var account = ""
    public var accessKey = ""
    /// `role/session name`.
    public var session: String?
    public var sourceIdentity: String?
    /// The User-Agent of its first request: which program an implicit run was.
    public var userAgent: String?
    /// Where its first request came from.
    public var remoteAddress = ""
    /// Session tags but those of ours, or whatever facts the caller has (code reference, parameters).
    public var tags: [NameValue] = []

    public init() {}

    /// The longest value of a fact that is journalled, in bytes; the rest is cut.
    static let textLengthMaximum = 1024
    /// What all tags may take of an entry, in bytes; those that do not fit are left out, and their digest kept.
    static let tagsLengthMaximum = 24_576

    /// The session tags that mean something here.
    public static let runTag = "cairn:run"
    public static let jobTag = "cairn:job"
    public static let parentTag = "cairn:parent"

    /// Takes the tags of a session: those of ours are understood, the others kept.
    public mutating func take(sessionTags: [NameValue]) {
        for tag in sessionTags {
            switch tag.name {
            case RunFacts.runTag:
                // Not a UUID: a run is issued, and the tag stays readable.
                if let id = RunID(tag.value) { self.id = id } else { tags.append(tag) }
            case RunFacts.jobTag: job = tag.value.isEmpty ? nil : Job(tag: tag.value)
            case RunFacts.parentTag:
                if let parent = RunID(tag.value) { self.parent = parent } else { tags.append(tag) }
            default: tags.append(tag)
            }
        }
    }

    /// The entry that begins the run.
    func started(_ id: RunID, isResumed: Bool) -> RunRecord {
        var members: [(String, CanonicalJSON)] = []
        func add(_ name: String, _ text: String?) {
            if let text, !text.isEmpty { members.append((name, .text(RunFacts.cut(text)))) }
        }
        if let job {
            members.append(
                (
                    "job",
                    .object([
                        ("name", .text(RunFacts.cut(job.name))), ("namespace", .text(RunFacts.cut(job.namespace))),
                    ])
                ))
        }
        if let parent { members.append(("parent", .text(parent.description))) }
        if isImplicit { members.append(("implicit", .boolean(true))) }
        if isResumed { members.append(("resumed", .boolean(true))) }
        add("session", session)
        add("sourceIdentity", sourceIdentity)
        add("userAgent", userAgent)
        members.append(contentsOf: tagMembers)
        return RunRecord(.runStarted, origin(id), members)
    }

    private var tagMembers: [(String, CanonicalJSON)] {
        guard !tags.isEmpty else { return [] }
        var length = 0
        var kept: [CanonicalJSON] = []
        let all = tags.map { CanonicalJSON.array([.text($0.name), .text($0.value)]) }
        for tag in all {
            length += tag.encoded().count + 1
            guard length <= RunFacts.tagsLengthMaximum else { break }
            kept.append(tag)
        }
        guard kept.count < all.count else { return [("tags", .array(kept))] }
        let digest = Hex.encode(Digest.sha256(CanonicalJSON.array(all).encoded()))
        return [("tags", .array(kept)), ("tagsDigest", .text(digest)), ("tagsTotal", .integer(Int64(all.count)))]
    }

    /// Who the run's own entries come from.
    func origin(_ id: RunID) -> ChangeOrigin {
        ChangeOrigin(account: account, accessKey: accessKey, remoteAddress: remoteAddress, run: id)
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= textLengthMaximum
            ? text : String(decoding: Array(text.utf8.prefix(textLengthMaximum)), as: UTF8.self)
    }
}
