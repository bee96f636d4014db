// Why this file exists: what an action of IAM or STS is to the service: decoded, permitted, performed, encoded; and the
// table of all of them, with the names of those that are known and not served.
import ObjectCore

/// The two services, told apart by the version of their interface.
enum IdentityAPI: String, Sendable, CaseIterable {
    case iam = "2010-05-08"
    case sts = "2011-06-15"

    /// As it stands in the scope of a signature and before the colon of a permission.
    var name: String {
        switch self {
        case .iam: "iam"
        case .sts: "sts"
        }
    }

    /// As documents call it.
    var title: String {
        switch self {
        case .iam: "Identity and access management (IAM)"
        case .sts: "Security tokens (STS)"
        }
    }

    var namespace: String {
        switch self {
        case .iam: "https://iam.amazonaws.com/doc/2010-05-08/"
        case .sts: "https://sts.amazonaws.com/doc/2011-06-15/"
        }
    }
}

/// What an action answers: the content of its `<…Result>`, or nil where it has none.
typealias IdentityResult = ((inout XMLWriter) -> Void)?

/// One action.
protocol IdentityAction: Sendable {
    static var name: String { get }
    static var api: IdentityAPI { get }

    /// Reads the parameters.
    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError)

    /// The ARN on which the caller needs the permission `api:name`; nil where everybody may, or the action decides
    /// itself.
    func resource(in context: IdentityContext) -> String?

    /// What the call says about itself beyond what all calls say: values of condition keys, by their names in lower case.
    var conditions: [String: [String]] { get }
    /// Tags that the call gives, where it can give any.
    var requestTags: [NameValue]? { get }

    /// Does it.
    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult
}

extension IdentityAction {
    var conditions: [String: [String]] { [:] }
    var requestTags: [NameValue]? { nil }
}

/// An action that nobody has to sign: what it brings along is the proof.
protocol UnsignedIdentityAction: Sendable {
    static var name: String { get }
    static var api: IdentityAPI { get }

    /// Reads the parameters.
    init(_ parameters: inout QueryParameters) throws(IdentityError)

    /// Does it.
    func perform(in context: UnsignedContext) async throws(IdentityError) -> IdentityResult
}

/// The surroundings of a call that nobody signed.
struct UnsignedContext: Sendable {
    let service: IdentityService
    let now: Timestamp
    let sourceAddress: String
    let isSecure: Bool
    let userAgent: String?
    let requestID: String

    /// What the call says about itself, for the conditions of policies.
    func conditions(_ subject: PolicySubject) -> IdentityConditions {
        IdentityConditions(
            subject: subject, sourceAddress: sourceAddress, isSecure: isSecure, userAgent: userAgent, now: now)
    }

    /// Who did it, for the journal.
    func origin(account: String, run: RunID?) -> ChangeOrigin {
        ChangeOrigin(account: account, remoteAddress: sourceAddress, requestID: requestID, run: run)
    }

    /// Calls the store.
    func stored<Value>(_ work: () async throws(StoreError) -> Value) async throws(IdentityError) -> Value {
        do {
            return try await work()
        } catch {
            throw IdentityError(error)
        }
    }
}

/// The surroundings of one call.
struct IdentityContext: Sendable {
    let service: IdentityService
    let caller: IdentityCaller
    let now: Timestamp
    let origin: ChangeOrigin
    var conditions: IdentityConditions

    /// The caller's account, as it stands.
    var directory: IdentityDirectory { store.identities(of: caller.account) }

    /// An ARN in the caller's account.
    func arn(_ resource: String) -> String { IdentityARN.iam(caller.accountNumber, resource) }

    /// Asks the directory.
    func looked<Value>(_ work: () throws(StoreError) -> Value) throws(IdentityError) -> Value {
        do {
            return try work()
        } catch {
            throw IdentityError(error)
        }
    }

    /// Changes the caller's account.
    func change<Value: Sendable>(
        _ action: String, _ body: (inout IdentityDirectory) throws(StoreError) -> Value
    ) async throws(IdentityError) -> Value {
        do {
            return try await store.changeIdentities(of: caller.account, action: action, origin: origin, body)
        } catch {
            throw IdentityError(error)
        }
    }

    var store: ObjectStore { service.store }

    /// Calls the store.
    func stored<Value>(_ work: () async throws(StoreError) -> Value) async throws(IdentityError) -> Value {
        do {
            return try await work()
        } catch {
            throw IdentityError(error)
        }
    }
}
