// Why this file exists: the graph has commitments where the journal has them, so that it is made of the journal alone and
// keeps no name that was erased. Names come in here, when a question is answered, from what the store has to open them.
import ObjectCore

extension LineageGraph {
    /// Opens what is hidden in nodes. What nothing opens stays what it is.
    func open(_ nodes: inout [LineageNode]) throws(LineageError) {
        let hidden = nodes.flatMap(\.commitments)
        guard !hidden.isEmpty else { return }
        let openings: [[UInt8]: Opening]
        do throws(StoreError) { openings = try store.openings(of: hidden) } catch { throw .store(error) }
        for place in nodes.indices { nodes[place].open(openings) }
    }

    func open(_ versions: [LineageVersion]) throws(LineageError) -> [LineageVersion] {
        var nodes = versions.map { LineageNode.version($0) }
        try open(&nodes)
        return nodes.compactMap { if case .version(let version) = $0 { version } else { nil } }
    }

    func open(_ runs: [Run]) throws(LineageError) -> [Run] {
        var nodes = runs.map { LineageNode.run($0) }
        try open(&nodes)
        return nodes.compactMap { if case .run(let run) = $0 { run } else { nil } }
    }

    /// What the graph has for a key: the key itself, and the commitment to it, where the bucket's entries have one. The
    /// same twice when they have none.
    func names(of key: ObjectKey, in bucket: BucketUUID) throws(LineageError) -> (plain: [UInt8], hidden: [UInt8]) {
        do throws(StoreError) {
            let opening = try store.opening(of: .key, key.bytes, in: bucket.bytes)
            return (key.bytes, opening?.commitment ?? key.bytes)
        } catch {
            throw .store(error)
        }
    }

    /// The commitment that entries of runs have for an agent, or nil.
    func hidden(_ agent: Agent) throws(LineageError) -> Agent? {
        guard let kind = agent.kind.commitmentKind else { return nil }
        do throws(StoreError) {
            return try store.opening(of: kind, Array(agent.name.utf8), in: []).map {
                Agent(agent.kind, commitment: $0.commitment)
            }
        } catch {
            throw .store(error)
        }
    }
}

extension Agent.Kind {
    fileprivate var commitmentKind: CommitmentKind? {
        switch self {
        case .account: .account
        case .accessKey: .accessKey
        case .session: .session
        case .sourceIdentity: .sourceIdentity
        case .store: nil
        }
    }
}

extension LineageNode {
    fileprivate var commitments: [[UInt8]] {
        switch self {
        case .version(let version): version.reference.commitment.map { [$0] } ?? []
        case .agent(let agent): agent.commitment.map { [$0] } ?? []
        case .prefix(let prefix): prefix.commitment.map { [$0] } ?? []
        case .run(let run): run.isCommitted ? run.hiddenNames.compactMap { Hex.decode($0) } : []
        case .job: []
        }
    }

    fileprivate mutating func open(_ openings: [[UInt8]: Opening]) {
        switch self {
        case .version(var version):
            guard let opening = version.reference.commitment.flatMap({ openings[$0] }),
                let key = try? ObjectKey(opening.value)
            else { return }
            version.reference.key = key
            version.reference.isErased = false
            self = .version(version)
        case .agent(var agent):
            guard let opening = agent.commitment.flatMap({ openings[$0] }) else { return }
            agent.name = String(decoding: opening.value, as: UTF8.self)
            agent.isErased = false
            self = .agent(agent)
        case .prefix(var prefix):
            guard let opening = prefix.commitment.flatMap({ openings[$0] }) else { return }
            prefix.prefix = opening.value
            prefix.isErased = false
            self = .prefix(prefix)
        case .run(var run):
            guard run.isCommitted else { return }
            run.open(openings)
            self = .run(run)
        case .job: return
        }
    }
}

extension Run {
    fileprivate var hiddenNames: [String] {
        [account, accessKey, session ?? "", sourceIdentity ?? ""].filter { !$0.isEmpty }
    }

    fileprivate mutating func open(_ openings: [[UInt8]: Opening]) {
        func name(_ text: String) -> String {
            guard let opening = Hex.decode(text).flatMap({ openings[$0] }) else { return text }
            return String(decoding: opening.value, as: UTF8.self)
        }
        isErased = hiddenNames.contains { Hex.decode($0).map { openings[$0] == nil } ?? true }
        account = name(account)
        accessKey = name(accessKey)
        session = session.map(name)
        sourceIdentity = sourceIdentity.map(name)
    }
}
