// Why this file exists: programs that remove a user or a role first ask what belongs to it, also for kinds of things that
// cannot be made here (their Create actions are 501). That there are none is the true answer, and lets them go on.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html and its neighbours.
import ObjectCore

/// A kind of thing that is not served.
protocol AbsentKind: Sendable {
    /// `List…`.
    static var action: String { get }
    /// The element of the list.
    static var element: StaticString { get }
}

enum MFADevices: AbsentKind {
    static let action = "ListMFADevices"
    static let element: StaticString = "MFADevices"
}

enum SSHPublicKeys: AbsentKind {
    static let action = "ListSSHPublicKeys"
    static let element: StaticString = "SSHPublicKeys"
}

enum SigningCertificates: AbsentKind {
    static let action = "ListSigningCertificates"
    static let element: StaticString = "Certificates"
}

enum InstanceProfiles: AbsentKind {
    static let action = "ListInstanceProfilesForRole"
    static let element: StaticString = "InstanceProfiles"
}

/// What of a kind belongs to a user or a role: nothing, if there is such a user or role.
struct ListAbsent<Kind: AbsentKind, Holder: HolderKind>: IdentityAction {
    static var name: String { Kind.action }
    static var api: IdentityAPI { .iam }

    let holder: HolderName
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        holder = HolderName(Holder.kind, try parameters.required(Holder.parameter))
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { Holder.arn(holder.name, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        _ = try context.policies(of: holder)
        return pagedResult(Kind.element, [String](), page, by: \.self) { $1.text($0) }
    }
}
