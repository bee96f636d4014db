// Why this file exists: from method, resource and query to one operation, in constant time. Routes are data
// (``OperationTable``); the index is built once.
// Invariant: total. Every request has one answer: an operation, the name of one that is not served, or a refusal that
// says what is wrong; a sub-resource never falls through to the operation without it.

/// Finds the operation of a request.
struct Router: Sendable {
    /// What a route leads to.
    enum Target: Sendable {
        case served(any S3Operation.Type)
        /// Known by this name, and answered 501.
        case unserved(StaticString)

        var name: StaticString {
            switch self {
            case .served(let operation): operation.name
            case .unserved(let name): name
            }
        }
    }

    /// The router over ``OperationTable``.
    static let shared = Router(
        OperationTable.served.map { ($0.route, .served($0)) }
            + UnservedOperation.all.map { ($0.route, .unserved($0.name)) })

    private struct Candidate: Sendable {
        var needs: RouteFacts
        var target: Target
    }

    private static let resourceCount = ResourceKind.allCases.count
    private static let subresourceCount = Subresource.allCases.count + 1
    /// Candidates by method, resource and sub-resource; those that need most come first.
    private var slots: [[Candidate]]
    /// By resource and sub-resource: whether any method has it.
    private var isKnown: [Bool]

    init(_ routes: [(route: Route, target: Target)]) {
        slots = Array(
            repeating: [], count: HTTPMethod.allCases.count * Router.resourceCount * Router.subresourceCount)
        isKnown = Array(repeating: false, count: Router.resourceCount * Router.subresourceCount)
        for (route, target) in routes {
            let index = Router.index(of: route.subresource)
            let slot = Router.slot(route.method, route.resource, index)
            slots[slot].append(Candidate(needs: route.needs, target: target))
            slots[slot].sort { $0.needs.rawValue.nonzeroBitCount > $1.needs.rawValue.nonzeroBitCount }
            isKnown[route.resource.rawValue * Router.subresourceCount + index] = true
        }
    }

    /// The operation of a request.
    /// - Throws: MethodNotAllowed for a known sub-resource with another method, InvalidRequest for one that belongs to
    ///   the other kind of resource, InvalidArgument for two sub-resources at once.
    func route(_ request: S3Request) throws(S3Error) -> Target {
        let head = request.head
        // A preflight asks about another request, so neither its resource nor its sub-resource matters.
        let isPreflight = head.method == .options
        let resource: ResourceKind
        switch request.resource {
        case .service: resource = isPreflight ? .object : .service
        case .bucket: resource = isPreflight ? .object : .bucket
        case .object: resource = .object
        }
        var subresource: Subresource?
        var facts: RouteFacts = []
        for item in request.query.items {
            try Router.note(item, of: request.query, subresource: &subresource, facts: &facts)
        }
        // AWS knows no such sub-resource, and lets pass what it does not know.
        if subresource == .events, resource != .bucket { subresource = nil }
        if head.method == .put, resource == .object, head.first("x-amz-copy-source") != nil {
            facts.insert(.copySource)
        }
        if head.method == .post, resource == .bucket, head.first("x-amz-request-route") != nil {
            facts.insert(.objectLambda)
        }
        let index = isPreflight ? 0 : Router.index(of: subresource)
        for candidate in slots[Router.slot(head.method, resource, index)]
        where facts.isSuperset(of: candidate.needs) {
            return candidate.target
        }
        throw refusal(head.method, resource, subresource, index)
    }

    private static func note(
        _ item: QueryItems.Item, of query: QueryItems, subresource: inout Subresource?, facts: inout RouteFacts
    ) throws(S3Error) {
        let found =
            item.hasPlainName
            ? Subresource(name: query.bytes[item.name]) : Subresource(name: Array(query.name(of: item).utf8)[...])
        if let found {
            if let subresource, subresource != found {
                throw .invalidArgument(
                    "Conflicting query string parameters: \(subresource.rawValue), \(found.rawValue)",
                    name: "ResourceType", value: found.rawValue)
            }
            subresource = found
            return
        }
        let name = query.bytes[item.name]
        if ASCII.equal(name, "list-type") {
            if query.value(of: item) == "2" { facts.insert(.listTypeTwo) }
        } else if ASCII.equal(name, "id") {
            facts.insert(.configurationID)
        } else if ASCII.equal(name, "annotationName") {
            facts.insert(.annotationName)
        } else if ASCII.equal(name, "x-id"), query.value(of: item) == "ListDirectoryBuckets" {
            facts.insert(.directoryBuckets)
        }
    }

    private func refusal(
        _ method: HTTPMethod, _ resource: ResourceKind, _ subresource: Subresource?, _ index: Int
    ) -> S3Error {
        if let subresource, !isKnown[resource.rawValue * Router.subresourceCount + index] {
            let kind =
                switch resource {
                case .service: "the service"
                case .bucket: "a bucket"
                case .object: "a key"
                }
            return S3Error(
                .invalidRequest, "There is no such thing as the ?\(subresource.rawValue) sub-resource for \(kind)")
        }
        var allowed: [String] = []
        for method in HTTPMethod.allCases where !slots[Router.slot(method, resource, index)].isEmpty {
            allowed.append(method.rawValue)
        }
        return S3Error(
            .methodNotAllowed,
            fields: [
                "Method": method.rawValue,
                "ResourceType": (subresource?.rawValue ?? "\(resource)").uppercased(),
            ], headers: ["allow": allowed.joined(separator: ", ")])
    }

    private static func slot(_ method: HTTPMethod, _ resource: ResourceKind, _ subresource: Int) -> Int {
        (methodIndex(method) * resourceCount + resource.rawValue) * subresourceCount + subresource
    }

    private static func methodIndex(_ method: HTTPMethod) -> Int {
        switch method {
        case .get: 0
        case .head: 1
        case .put: 2
        case .post: 3
        case .delete: 4
        case .options: 5
        }
    }

    private static func index(of subresource: Subresource?) -> Int {
        subresource.map { Subresource.indexes[$0] ?? 0 } ?? 0
    }
}
