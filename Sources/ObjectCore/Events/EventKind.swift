// Why this file exists: the events of S3, by name and as a bit, so that "does this rule want it" is one AND.
// Invariant: raw values are on disk (docs/FORMAT.md): never renumber.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html

/// Something that happened to an object.
public enum EventKind: UInt8, Sendable, CaseIterable {
    case createdPut = 1
    case createdPost = 2
    case createdCopy = 3
    case createdComplete = 4
    case removedDelete = 5
    case removedMarker = 6
    case expirationDelete = 7
    case expirationMarker = 8
    case taggingPut = 9
    case taggingDelete = 10
    case aclPut = 11
    case restorePost = 12
    case restoreCompleted = 13
    case restoreDelete = 14
    case transition = 15
    case replicationFailed = 16
    case replicationMissedThreshold = 17
    case replicationAfterThreshold = 18
    case replicationNotTracked = 19
    /// These happen on AWS only; a rule may name them all the same.
    case reducedRedundancyLost = 20
    case intelligentTiering = 21
    case annotationPut = 22
    case annotationDelete = 23
    /// Sent once to each destination when a configuration is set.
    case test = 32

    /// The name in a configuration, without `s3:`; what an event says of itself.
    public var name: String {
        switch self {
        case .createdPut: "ObjectCreated:Put"
        case .createdPost: "ObjectCreated:Post"
        case .createdCopy: "ObjectCreated:Copy"
        case .createdComplete: "ObjectCreated:CompleteMultipartUpload"
        case .removedDelete: "ObjectRemoved:Delete"
        case .removedMarker: "ObjectRemoved:DeleteMarkerCreated"
        case .expirationDelete: "LifecycleExpiration:Delete"
        case .expirationMarker: "LifecycleExpiration:DeleteMarkerCreated"
        case .taggingPut: "ObjectTagging:Put"
        case .taggingDelete: "ObjectTagging:Delete"
        case .aclPut: "ObjectAcl:Put"
        case .restorePost: "ObjectRestore:Post"
        case .restoreCompleted: "ObjectRestore:Completed"
        case .restoreDelete: "ObjectRestore:Delete"
        case .transition: "LifecycleTransition"
        case .replicationFailed: "Replication:OperationFailedReplication"
        case .replicationMissedThreshold: "Replication:OperationMissedThreshold"
        case .replicationAfterThreshold: "Replication:OperationReplicatedAfterThreshold"
        case .replicationNotTracked: "Replication:OperationNotTracked"
        case .reducedRedundancyLost: "ReducedRedundancyLostObject"
        case .intelligentTiering: "IntelligentTiering"
        case .annotationPut: "ObjectAnnotation:Put"
        case .annotationDelete: "ObjectAnnotation:Delete"
        case .test: "TestEvent"
        }
    }

    /// Whether the object is there afterwards, so that size and ETag tell something.
    public var tellsContent: Bool {
        switch self {
        case .removedDelete, .removedMarker, .expirationDelete, .expirationMarker, .restoreDelete, .test: false
        default: true
        }
    }
}

/// A set of events: what a rule wants.
public struct EventSet: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ kind: EventKind) { rawValue = 1 << UInt64(kind.rawValue) }

    /// What a name in a configuration stands for, such as `s3:ObjectCreated:*`; nil for a name that S3 does not know.
    public init?(named name: String) {
        guard name.hasPrefix("s3:") else { return nil }
        let rest = name.dropFirst(3)
        var set: EventSet = []
        for kind in EventKind.allCases where kind != .test {
            if kind.name == rest {
                self = EventSet(kind)
                return
            }
            if rest.hasSuffix(":*"), kind.name.hasPrefix(rest.dropLast()) { set.insert(EventSet(kind)) }
        }
        guard !set.isEmpty else { return nil }
        self = set
    }
}
