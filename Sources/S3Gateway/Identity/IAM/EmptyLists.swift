// Why this file exists: programs that remove a user or a role first ask what belongs to it, also for kinds of things that
// cannot be made here (their Create actions are 501). That there are none is the true answer, and lets them go on.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html and its neighbours.
import ObjectCore

/// A kind of thing that is not served.
protocol AbsentKind: Sendable {
    /// `List…`.
    static var action: String { get }
    /// The element of the list.
    static var element: String { get }
}

enum MFADevices: AbsentKind {
    static let action = "ListMFADevices"
    static let element = "MFADevices"
}

enum SSHPublicKeys: AbsentKind {
    static let action = "ListSSHPublicKeys"
    static let element = "SSHPublicKeys"
}

enum SigningCertificates: AbsentKind {
    static let action = "ListSigningCertificates"
    static let element = "Certificates"
}

enum InstanceProfiles: AbsentKind {
    static let action = "ListInstanceProfilesForRole"
    static let element = "InstanceProfiles"
}

/// What of a kind belongs to a user, the caller unless another is named: nothing, if there is such a user.
struct ListAbsentOfUser<Absent: AbsentKind>: IdentityAction {
    static var name: String { Absent.action }
    static var api: IdentityAPI { .iam }

    let owner: KeyOwner
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        owner = KeyOwner(&parameters, caller: caller)
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { owner.resource(in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        _ = try owner.holder(in: context, Self.name)
        return pagedResult(Absent.element, [String](), page, by: \.self) { $1.text($0) }
    }
}

/// What of a kind belongs to a role: nothing, if there is such a role.
struct ListAbsent<Absent: AbsentKind, Kind: HolderKind>: TargetedAction {
    static var name: String { Absent.action }

    let target: Target<Kind>
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        page = try Page(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        _ = try target.find(in: context)
        return pagedResult(Absent.element, [String](), page, by: \.self) { $1.text($0) }
    }
}
