// Why this file exists: roles are made, shown, changed and deleted.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
import ObjectCore

/// A policy that says who may assume a role.
enum TrustPolicy {
    /// - Throws: ValidationError, MalformedPolicyDocument.
    static func read(_ parameters: inout QueryParameters, _ name: String) throws(IdentityError) -> String {
        let text = try parameters.required(name)
        try PolicyText.check(text, as: .roleTrust)
        return text
    }
}

struct CreateRole: CreatingAction {
    let identity: NewIdentity<OfRole>
    let trust: String
    let description: String
    let seconds: Int64

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        identity = try NewIdentity(&parameters)
        trust = try TrustPolicy.read(&parameters, "AssumeRolePolicyDocument")
        description = parameters.text("Description") ?? ""
        seconds =
            try parameters.integer("MaxSessionDuration", in: IdentityLimits.sessionSeconds)
            ?? IdentityLimits.sessionSeconds.lowerBound
    }

    func create(in directory: inout IdentityDirectory) throws(StoreError) -> IdentityRole {
        try directory.createRole(
            identity.name, path: identity.path, trust: trust, description: description, sessionSecondsMax: seconds,
            tags: identity.tags)
    }
}

struct GetRole: TargetedAction {
    static let name = "GetRole"

    let target: Target<OfRole>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let role = try target.find(in: context)
        return { role.writeElement(OfRole.word, in: directory, to: &$0) }
    }
}

struct UpdateRole: ChangingAction {
    static let name = "UpdateRole"

    let target: Target<OfRole>
    let description: String?
    let seconds: Int64?

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        description = parameters.text("Description")
        seconds = try parameters.integer("MaxSessionDuration", in: IdentityLimits.sessionSeconds)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.updateRole(target.name, description: description, sessionSecondsMax: seconds)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in try change(&directory) }
        // Its result is there, and empty.
        return { _ in }
    }
}

struct UpdateRoleDescription: TargetedAction {
    static let name = "UpdateRoleDescription"

    let target: Target<OfRole>
    let description: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        description = try parameters.required("Description")
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.updateRole(target.name, description: description)
        }
        let directory = context.directory
        let role = try target.find(in: context)
        return { writer in writer.element("Role") { role.write(in: directory, to: &$0) } }
    }
}

struct UpdateAssumeRolePolicy: ChangingAction {
    static let name = "UpdateAssumeRolePolicy"

    let target: Target<OfRole>
    let trust: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        trust = try TrustPolicy.read(&parameters, "PolicyDocument")
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.updateRole(target.name, trust: trust)
    }
}

struct DeleteRole: ChangingAction {
    static let name = "DeleteRole"

    let target: Target<OfRole>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) { try directory.deleteRole(target.name) }
}
