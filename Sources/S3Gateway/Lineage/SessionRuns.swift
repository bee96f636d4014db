// Why this file exists: who signed is told to lineage in one way, whatever protocol they spoke: a session's tags name its
// run, an ordinary key has an implicit one.
import Lineage
import ObjectCore

extension RunFacts {
    /// What a request tells of the run that it begins.
    init(_ identity: Identity?, remoteAddress: String, userAgent: String?) {
        self.init()
        account = identity?.accountID ?? ""
        accessKey = identity?.accessKey ?? ""
        self.remoteAddress = remoteAddress
        self.userAgent = userAgent
        if case .session(let session) = identity?.actor {
            self.session = session.role.map { "\($0)/\(session.name)" } ?? session.name
            sourceIdentity = session.sourceIdentity
            take(sessionTags: session.tags)
        } else {
            isImplicit = true
        }
    }
}
