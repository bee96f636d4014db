// Why this file exists: the question that is put to policies, and the answers that there are.

/// One question: may this subject do this to that?
public struct PolicyRequest: Sendable {
    public var subject: PolicySubject
    public var action: Action
    /// The ARN of what it is done to; `*` where an action is about nothing in particular.
    public var resource: String
    /// The account that the resource belongs to; nil where it is the caller's own by nature, as for ListBuckets.
    public var resourceAccount: PolicyAccount?
    /// Asked only for the keys that conditions and variables name.
    public var context: any PolicyContext

    public init(
        subject: PolicySubject, action: Action, resource: String, resourceAccount: PolicyAccount?,
        context: any PolicyContext
    ) {
        self.subject = subject
        self.action = action
        self.resource = resource
        self.resourceAccount = resourceAccount
        self.context = context
    }

    /// The ARN of a bucket.
    public static func resource(bucket: String) -> String { "arn:aws:s3:::\(bucket)" }

    /// The ARN of a key in a bucket.
    public static func resource(bucket: String, key: String) -> String { "arn:aws:s3:::\(bucket)/\(key)" }
}

/// The name of a condition key.
public struct ConditionKey: Sendable, Hashable {
    /// In lower case, without what follows a slash: `s3:existingobjecttag`. Names of keys have no case.
    public let name: String
    /// What follows the slash, as it was written; nil without one: the key of a tag.
    public let member: String?

    public init(_ text: String) {
        if let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) {
            name = ASCII.lowercased(String(text[..<slash]))
            member = String(text[text.utf8.index(after: slash)...])
        } else {
            name = ASCII.lowercased(text)
            member = nil
        }
    }
}

/// Knows what a request says about itself.
public protocol PolicyContext: Sendable {
    /// The values of a condition key: nil when the request has none, and that is not the same as an empty list.
    func values(of key: ConditionKey) -> [String]?
}

/// What policies come to.
public enum PolicyVerdict: Sendable, Hashable {
    /// A statement says no: nothing else can allow it.
    case explicitDeny
    case allow
    /// No statement says yes.
    case implicitDeny
}

/// What something beside policies (an access control list) gives to the subject of a request.
public enum ResourceGrant: Int, Sendable, Comparable {
    case none
    /// To the subject's account, which decides in turn which of its users may use it.
    case account
    /// To everybody.
    case everyone

    public static func < (left: ResourceGrant, right: ResourceGrant) -> Bool { left.rawValue < right.rawValue }
}
