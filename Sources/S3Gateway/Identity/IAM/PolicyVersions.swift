// Why this file exists: a managed policy keeps up to five documents, one of which counts.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
import ObjectCore

/// `v1`, `v2`, …
enum PolicyVersionID {
    /// - Throws: ValidationError.
    static func read(_ parameters: inout QueryParameters) throws(IdentityError) -> Int64 {
        let text = try parameters.required("VersionId")
        guard text.utf8.first == UInt8(ascii: "v"), let number = ASCII.decimal(text.utf8.dropFirst()), number > 0 else {
            throw IdentityError.validation(
                text, at: "VersionId", "Member must satisfy regular expression pattern: v[1-9][0-9]*")
        }
        return number
    }
}

struct CreatePolicyVersion: IdentityAction {
    static let name = "CreatePolicyVersion"
    static let api = IdentityAPI.iam

    let policyARN: String
    let document: String
    let isDefault: Bool

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        policyARN = try parameters.required("PolicyArn")
        document = try parameters.required("PolicyDocument")
        try PolicyText.check(document, as: .identity)
        isDefault = try parameters.flag("SetAsDefault") ?? false
    }

    func resource(in context: IdentityContext) -> String? { policyARN }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let version = try await context.change(Self.name) { directory throws(StoreError) in
            try directory.addVersion(document, to: policyARN, isDefault: isDefault)
        }
        return { writer in
            writer.element("PolicyVersion") { writer in
                writer.leaf("VersionId", "v\(version.number)")
                writer.leaf("IsDefaultVersion", isDefault)
                writer.leaf("CreateDate", WireDate.extended(version.created.seconds))
            }
        }
    }
}

struct GetPolicyVersion: IdentityAction {
    static let name = "GetPolicyVersion"
    static let api = IdentityAPI.iam

    let policyARN: String
    let number: Int64

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        policyARN = try parameters.required("PolicyArn")
        number = try PolicyVersionID.read(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { policyARN }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let policy = try context.policy(policyARN)
        guard let version = policy.version(number) else {
            throw IdentityError(IdentityDirectory.missingVersion(number, of: policyARN))
        }
        return { writer in
            writer.element("PolicyVersion") { policy.write(version, withDocument: true, to: &$0) }
        }
    }
}

struct ListPolicyVersions: IdentityAction {
    static let name = "ListPolicyVersions"
    static let api = IdentityAPI.iam

    let policyARN: String
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        policyARN = try parameters.required("PolicyArn")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { policyARN }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let policy = try context.policy(policyARN)
        // The newest first. Keys grow with the place in the list; that of a version is the same in every list.
        let versions = Array(policy.versions.reversed())
        return pagedResult("Versions", versions, page, by: { AccountNumber.text(Int64(Int32.max) - $0.number) }) {
            policy.write($0, withDocument: false, to: &$1)
        }
    }
}

struct DeletePolicyVersion: IdentityAction {
    static let name = "DeletePolicyVersion"
    static let api = IdentityAPI.iam

    let policyARN: String
    let number: Int64

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        policyARN = try parameters.required("PolicyArn")
        number = try PolicyVersionID.read(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { policyARN }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.deleteVersion(number, of: policyARN)
        }
        return nil
    }
}

struct SetDefaultPolicyVersion: IdentityAction {
    static let name = "SetDefaultPolicyVersion"
    static let api = IdentityAPI.iam

    let policyARN: String
    let number: Int64

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        policyARN = try parameters.required("PolicyArn")
        number = try PolicyVersionID.read(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { policyARN }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.setDefaultVersion(number, of: policyARN)
        }
        return nil
    }
}
