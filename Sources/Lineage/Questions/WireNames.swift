// Why this file exists: how kinds are written where people and programs read them. The texts are an interface.

extension EdgeKind {
    /// Such as `used`.
    public var name: String {
        switch self {
        case .used: "used"
        case .generated: "generated"
        case .revisionOf: "revisionOf"
        case .copiedFrom: "copiedFrom"
        case .assembledFrom: "assembledFrom"
        case .derivedFrom: "derivedFrom"
        case .locked: "locked"
        case .held: "held"
        case .bypassed: "bypassed"
        case .archived: "archived"
        case .restored: "restored"
        case .deleted: "deleted"
        case .expired: "expired"
        case .erased: "erased"
        case .associatedWith: "associatedWith"
        case .onBehalfOf: "onBehalfOf"
        case .childOf: "childOf"
        case .examined: "examined"
        case .listed: "listed"
        case .executionOf: "executionOf"
        case .copied: "copied"
        }
    }

    /// Reads what ``name`` writes.
    public init?(name: some StringProtocol) {
        guard let kind = EdgeKind.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}

extension Evidence {
    /// Reads what ``name`` writes.
    public init?(name: some StringProtocol) {
        guard let evidence = Evidence.allCases.first(where: { $0.name == name }) else { return nil }
        self = evidence
    }
}

extension Agent.Kind {
    public var name: String {
        switch self {
        case .account: "account"
        case .accessKey: "accessKey"
        case .session: "session"
        case .sourceIdentity: "sourceIdentity"
        case .store: "store"
        }
    }
}

extension LineageVersion.Removal {
    public var name: String {
        switch self {
        case .deleted: "deleted"
        case .replaced: "replaced"
        case .expired: "expired"
        case .erased: "erased"
        }
    }
}
