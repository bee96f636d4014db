// Why this file exists: most configurations of a bucket are a checked document that is kept and given back, so reading
// and deleting one is the same for all. What is kept is the document as this program writes it, never the client's
// own bytes.
import ObjectCore

/// The names under which configurations lie in the store. They are on disk: never change one.
enum BucketSettingName: String {
    case accelerate
    case acl
    case cors
    case encryption
    case ownership
    case policy
    /// The SHA-256 of the policy that its bucket's owner agreed to be bound by.
    case policyBindsOwner = "policy-binds-owner"
    case publicAccessBlock = "public-access-block"
    case logging
    case tagging
    case website
}

/// An operation that gives a kept document back.
protocol StoredDocument: S3Operation where Output == [UInt8] {
    static var setting: BucketSettingName { get }
    /// How its absence is told; nil when ``empty`` is told instead.
    static var absence: S3Error.Code? { get }
    /// What is told when nothing is set.
    static func empty(_ writer: inout XMLWriter)
    init()
}

extension StoredDocument {
    static func empty(_ writer: inout XMLWriter) {}

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) { self.init() }

    func perform(in context: OperationContext) async throws(S3Error) -> [UInt8] {
        let bucket = try context.bucket()
        if let document = context.store.bucketSetting(Self.setting.rawValue, of: bucket) { return document }
        if let absence = Self.absence { throw S3Error(absence, fields: ["BucketName": bucket.name]) }
        var writer = XMLWriter()
        Self.empty(&writer)
        return writer.bytes
    }

    func encode(_ output: [UInt8], into response: inout HTTPResponse) {
        response.add("content-type", "application/xml")
        response.body = .bytes(output)
    }
}

/// An operation that removes a kept document; removing what is not there succeeds.
protocol StoredDocumentDeletion: S3Operation where Output == NoOutput {
    static var setting: BucketSettingName { get }
    init()
}

extension StoredDocumentDeletion {
    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) { self.init() }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        try await context.set(Self.setting, to: nil)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}

extension OperationContext {
    /// Keeps a document with the bucket of the request, or removes it. What is there already is not written again.
    func set(_ setting: BucketSettingName, to document: [UInt8]?) async throws(S3Error) {
        try await set(named: setting.rawValue, to: document)
    }

    func set(named name: String, to value: [UInt8]?) async throws(S3Error) {
        let bucket = try bucket()
        if value == nil, store.bucketSetting(name, of: bucket) == nil { return }
        try await stored { () async throws(StoreError) in
            try await store.setBucketSetting(name, to: value, of: bucket, origin: origin)
        }
    }
}
