// Why this file exists: what distinguishes one S3 operation from another on the wire, as data, so that reachability
// and ambiguity can be proven over the whole table instead of being hidden in a nest of conditions.

/// What a path names.
enum ResourceKind: Int, Sendable, CaseIterable {
    /// `/`
    case service
    /// `/bucket`, or the root of a virtual host.
    case bucket
    case object
}

/// What besides method, resource and sub-resource can decide between operations.
struct RouteFacts: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    /// The query has `list-type=2`.
    static let listTypeTwo = RouteFacts(rawValue: 1)
    /// The query names a configuration with `id`.
    static let configurationID = RouteFacts(rawValue: 2)
    /// The header `x-amz-copy-source` is there.
    static let copySource = RouteFacts(rawValue: 4)
    /// The query has `x-id=ListDirectoryBuckets`: on AWS this operation has an endpoint of its own.
    static let directoryBuckets = RouteFacts(rawValue: 8)
    /// The header `x-amz-request-route` of Object Lambda is there.
    static let objectLambda = RouteFacts(rawValue: 16)
    /// The query names one annotation with `annotationName`.
    static let annotationName = RouteFacts(rawValue: 32)
}

/// Where an operation is found.
struct Route: Sendable, Hashable {
    var method: HTTPMethod
    var resource: ResourceKind
    var subresource: Subresource?
    /// All of these must hold. Among routes that are alike otherwise, the one that needs most is tried first.
    var needs: RouteFacts

    init(
        _ method: HTTPMethod, _ resource: ResourceKind, _ subresource: Subresource? = nil, needs: RouteFacts = []
    ) {
        self.method = method
        self.resource = resource
        self.subresource = subresource
        self.needs = needs
    }
}

extension Route: CustomStringConvertible {
    /// As the compatibility page shows it: `PUT /bucket/key?uploadId (x-amz-copy-source)`.
    var description: String {
        var text = method.rawValue
        switch resource {
        case .service: text += " /"
        case .bucket: text += " /bucket"
        case .object: text += " /bucket/key"
        }
        if let subresource { text += "?" + subresource.rawValue }
        if needs.contains(.listTypeTwo) { text += "?list-type=2" }
        if needs.contains(.configurationID) { text += "&id" }
        if needs.contains(.annotationName) { text += "&annotationName" }
        if needs.contains(.directoryBuckets) { text += "?x-id=ListDirectoryBuckets" }
        if needs.contains(.copySource) { text += " (x-amz-copy-source)" }
        if needs.contains(.objectLambda) { text += " (x-amz-request-route)" }
        return text
    }
}
