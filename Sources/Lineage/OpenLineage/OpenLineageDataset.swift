// Why this file exists: a dataset as an event names it, and how an object of this store is told among all datasets.
// See: https://openlineage.io/docs/spec/naming
public import ObjectCore

/// A dataset of an event.
public struct OpenLineageDataset: Sendable, Hashable {
    /// As the event has it, but schemes of S3 are all written `s3`.
    public var namespace: String
    public var name: String
    /// Of the version facet, where there is one.
    public var version: String?
    /// All facets, as they were sent.
    public var facets: JSONDocument?

    public static func == (left: OpenLineageDataset, right: OpenLineageDataset) -> Bool {
        left.namespace == right.namespace && left.name == right.name
    }

    /// One name is one dataset, whatever an event says about it.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(namespace)
        hasher.combine(name)
    }

    public init(namespace: String, name: String, version: String? = nil, facets: JSONDocument? = nil) {
        self.namespace = OpenLineageDataset.normalised(namespace)
        self.name = name
        self.version = version
        self.facets = facets
    }

    init(_ value: JSONDocument, _ path: String) throws(OpenLineageError) {
        guard value.isObject else { throw OpenLineageError(path, "is no object") }
        let facets = try OpenLineageEvent.facets(value, "\(path).facets")
        var version: String?
        if let facet = facets?["version"] {
            guard let text = facet["datasetVersion"]?.text else {
                throw OpenLineageError("\(path).facets.version.datasetVersion", "is no text")
            }
            version = text
        }
        self.init(
            namespace: try OpenLineageEvent.text(value, "namespace", in: path),
            name: try OpenLineageEvent.text(value, "name", in: path), version: version, facets: facets)
    }

    /// `s3a://` and `s3n://` are Hadoop's names for the same thing; a slash at the end means nothing.
    static func normalised(_ namespace: String) -> String {
        for scheme in ["s3://", "s3a://", "s3n://"] where namespace.lowercased().hasPrefix(scheme) {
            var bucket = namespace.dropFirst(scheme.count)
            while bucket.hasSuffix("/") { bucket = bucket.dropLast() }
            return "s3://\(bucket)"
        }
        return namespace
    }

    /// The bucket, when this is a dataset in S3.
    public var bucket: String? {
        guard namespace.hasPrefix("s3://") else { return nil }
        let rest = namespace.dropFirst(5)
        return rest.isEmpty || rest.contains("/") ? nil : String(rest)
    }

    /// The keys that are meant, the most likely first: some producers write a slash before the key.
    public var keys: [ObjectKey] {
        guard bucket != nil else { return [] }
        var names = [name]
        if name.hasPrefix("/") { names.append(String(name.drop { $0 == "/" })) }
        return names.compactMap { try? ObjectKey($0) }
    }
}
