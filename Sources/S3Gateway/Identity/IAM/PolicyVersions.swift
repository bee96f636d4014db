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

struct CreatePolicyVersion: TargetedAction {
    static let name = "CreatePolicyVersion"

    let target: Target<OfPolicy>
    let document: String
    let isDefault: Bool

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        document = try IdentityPolicyText.read(&parameters)
        isDefault = try parameters.flag("SetAsDefault") ?? false
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let version = try await context.change(Self.name) { directory throws(StoreError) in
            try directory.addVersion(document, to: target.name, isDefault: isDefault)
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

struct GetPolicyVersion: TargetedAction {
    static let name = "GetPolicyVersion"

    let target: Target<OfPolicy>
    let number: Int64

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        number = try PolicyVersionID.read(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let policy = try target.find(in: context)
        guard let version = policy.version(number) else {
            throw IdentityError(IdentityDirectory.missingVersion(number, of: target.name))
        }
        return { writer in
            writer.element("PolicyVersion") { policy.write(version, withDocument: true, to: &$0) }
        }
    }
}

struct ListPolicyVersions: TargetedAction {
    static let name = "ListPolicyVersions"

    let target: Target<OfPolicy>
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        page = try Page(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let policy = try target.find(in: context)
        // The newest first. Keys grow with the place in the list; that of a version is the same in every list.
        let versions = Array(policy.versions.reversed())
        return pagedResult("Versions", versions, page, by: { AccountNumber.text(Int64(Int32.max) - $0.number) }) {
            policy.write($0, withDocument: false, to: &$1)
        }
    }
}

struct DeletePolicyVersion: ChangingAction {
    static let name = "DeletePolicyVersion"

    let target: Target<OfPolicy>
    let number: Int64

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        number = try PolicyVersionID.read(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.deleteVersion(number, of: target.name)
    }
}

struct SetDefaultPolicyVersion: ChangingAction {
    static let name = "SetDefaultPolicyVersion"

    let target: Target<OfPolicy>
    let number: Int64

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        number = try PolicyVersionID.read(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.setDefaultVersion(number, of: target.name)
    }
}
