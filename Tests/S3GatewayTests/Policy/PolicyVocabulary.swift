// Why this file exists: callers, contexts and documents as tests of policies write them.
import ObjectCore

@testable import S3Gateway

/// A context out of a table; names of keys as policies write them.
struct TableContext: PolicyContext {
    /// By the name in lower case, with the key of a tag as it is.
    var values: [String: [String]]

    init(_ values: [String: [String]] = [:]) {
        self.values = [:]
        for (name, list) in values { self.values[TableContext.folded(name)] = list }
    }

    static func folded(_ name: String) -> String {
        guard let slash = name.firstIndex(of: "/") else { return name.lowercased() }
        return name[..<slash].lowercased() + name[slash...]
    }

    func values(of key: ConditionKey) -> [String]? {
        values[key.member.map { "\(key.name)/\($0)" } ?? key.name]
    }
}

enum Accounts {
    static let owner = PolicyAccount(
        number: "111122223333", canonicalID: String(repeating: "a1", count: 32))
    static let other = PolicyAccount(
        number: "444455556666", canonicalID: String(repeating: "b2", count: 32))
}

enum Subjects {
    static let ownerRoot = PolicySubject(.root, account: Accounts.owner, userID: Accounts.owner.number)
    static let ownerUser = PolicySubject(.user(name: "bob", path: "/"), account: Accounts.owner, userID: "AIDABOB")
    static let ownerPathUser = PolicySubject(
        .user(name: "bob", path: "/team/"), account: Accounts.owner, userID: "AIDAPATH")
    static let ownerRole = PolicySubject(
        .role(name: "etl", path: "/", session: "run1"), account: Accounts.owner, userID: "AROAETL:run1")
    static let otherRoot = PolicySubject(.root, account: Accounts.other, userID: Accounts.other.number)
    static let otherUser = PolicySubject(.user(name: "eve", path: "/"), account: Accounts.other, userID: "AIDAEVE")
    static let otherRole = PolicySubject(
        .role(name: "etl", path: "/", session: "run1"), account: Accounts.other, userID: "AROAOTHER:run1")
    static let vouched = PolicySubject(
        .webIdentity(provider: "arn:aws:iam::111122223333:oidc-provider/idp.example.com/realm"), account: nil)
    static let logging = PolicySubject(.service("logging.s3.amazonaws.com"), account: nil)
}

extension PolicyDocument {
    /// A bucket policy of one statement.
    static func bucket(_ statement: String, version: String = "2012-10-17") throws(PolicyError) -> PolicyDocument {
        try PolicyDocument(
            Array("{\"Version\":\"\(version)\",\"Statement\":[\(statement)]}".utf8), as: .bucket("example"))
    }

    /// An identity policy of one statement.
    static func identity(_ statement: String) throws(PolicyError) -> PolicyDocument {
        try PolicyDocument(Array("{\"Version\":\"2012-10-17\",\"Statement\":\(statement)}".utf8), as: .identity)
    }

    /// An identity policy that allows an action on everything.
    static func allowing(_ action: String) throws(PolicyError) -> PolicyDocument {
        try identity("{\"Effect\":\"Allow\",\"Action\":\"\(action)\",\"Resource\":\"*\"}")
    }
}

/// A question about the bucket `example` of ``Accounts/owner``.
func question(
    _ subject: PolicySubject, _ action: Action = "s3:GetObject", key: String? = "photos/1.jpg",
    _ context: [String: [String]] = [:]
) -> PolicyRequest {
    PolicyRequest(
        subject: subject, action: action,
        resource: key.map { PolicyRequest.resource(bucket: "example", key: $0) }
            ?? PolicyRequest.resource(bucket: "example"),
        resourceAccount: Accounts.owner, context: TableContext(context))
}
