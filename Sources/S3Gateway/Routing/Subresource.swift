// Why this file exists: in S3 a query parameter can turn a request into another operation (`?acl`, `?uploads`).
// Which parameters can is a closed list; every other name is data for the operation or, like `x-id`, nothing at all.

/// A query parameter that selects an operation.
enum Subresource: String, Sendable, CaseIterable {
    case abac
    case accelerate
    case acl
    case analytics
    case annotation
    case attributes
    /// Cairn's own, and the next; AWS names nothing with this prefix.
    case cairnBatch = "cairn-batch"
    case cairnCommitments = "cairn-commitments"
    case cors
    case delete
    case encryption
    /// MinIO's, for a stream of events that never ends: a listing in its place would be asked for again and again.
    case events
    case intelligentTiering = "intelligent-tiering"
    case inventory
    case legalHold = "legal-hold"
    case lifecycle
    case location
    case logging
    case metadataAnnotationTable
    case metadataConfiguration
    case metadataInventoryTable
    case metadataJournalTable
    case metadataTable
    case metrics
    case notification
    case objectLock = "object-lock"
    case ownershipControls
    case policy
    case policyStatus
    case publicAccessBlock
    case renameObject
    case replication
    case requestPayment
    case restore
    case retention
    case select
    case session
    case tagging
    case torrent
    case uploadId
    case uploads
    case versioning
    case versions
    case website

    /// The parameters, looked up by the length of their names: at most a handful are compared.
    private static let byLength: [[(name: [UInt8], subresource: Subresource)]] = {
        let longest = allCases.map(\.rawValue.utf8.count).max() ?? 0
        var table: [[(name: [UInt8], subresource: Subresource)]] = Array(repeating: [], count: longest + 1)
        for subresource in allCases {
            let name = Array(subresource.rawValue.utf8)
            table[name.count].append((name, subresource))
        }
        return table
    }()

    /// The sub-resource called `name`; nil when the name selects nothing.
    init?(name: ArraySlice<UInt8>) {
        guard name.count < Subresource.byLength.count else { return nil }
        for entry in Subresource.byLength[name.count] where entry.name.elementsEqual(name) {
            self = entry.subresource
            return
        }
        return nil
    }

    /// The position in ``allCases``, counted from 1; 0 stands for no sub-resource.
    static let indexes: [Subresource: Int] = Dictionary(
        uniqueKeysWithValues: allCases.enumerated().map { ($0.element, $0.offset + 1) })
}
