// Why this file exists: what the authorizer is asked, as a value: who, what, and about which thing. The thing matters:
// two versions of one key may have different owners, lists and tags.
import ObjectCore

/// What a question is about, beside its bucket and key.
enum AccessTarget: Sendable {
    /// The bucket itself, or a key whatever lies under it.
    case any
    /// An object that is about to be made.
    case newObject
    /// A version that was found; its attributes tell owner, list and tags.
    case version(ObjectAttributes)
    /// What the deletion of a key would hide or destroy; nil when there is nothing, or it was not looked for.
    case deletion(ObjectAttributes?)
    /// An upload that this account began.
    case upload(initiator: String)
}

/// A bucket with what is set on it.
struct AccessPlace: Sendable {
    let bucket: Bucket
    let access: BucketAccess
}

/// May this principal do this to that?
struct AccessQuestion: Sendable {
    let request: VerifiedRequest
    let action: Action
    /// Nil where there is no bucket (yet).
    let place: AccessPlace?
    /// The name of a bucket that is about to be made.
    var bucketName: String?
    var key: ObjectKey?
    var target = AccessTarget.any
    /// When the request was taken up, in seconds since 1970.
    let now: Int64
    /// What conditions may ask that the head of the request does not tell.
    var facts = RequestConditions.Facts()

    var principal: Principal { request.principal }
}

/// What lists and ownership come to.
struct AccessListAnswer: Equatable {
    /// The account that the thing belongs to. It needs no grant.
    var owner: String
    /// Whether the thing's list leaves its own owner out.
    var excludesOwner = false
    /// What the list gives to the principal.
    var grant = ResourceGrant.none
    /// Whether the policy of the bucket can allow: on an object of somebody else it can only deny.
    var policyCanAllow = true
}

extension AccessQuestion {
    /// Asks the list that the action goes by.
    func askLists(in place: AccessPlace) -> AccessListAnswer {
        let access = place.access
        let bucketOwner = place.bucket.owner
        var answer = AccessListAnswer(owner: bucketOwner)
        var makesObject = false
        if case .newObject = target { makesObject = true }
        switch action.right(makesObject: makesObject) {
        case .bucketOwner: break
        case .upload:
            if case .upload(let initiator) = target, let account = principal.accountID, account == initiator {
                answer.grant = .account
            }
        case .bucket(let permission):
            guard !access.listsAreOff, let grants = access.grants else { break }
            answer.read(grants, for: permission, principal: principal, ignoresPublic: access.blocks(.ignorePublicAcls))
        case .object(let permission):
            guard case .version(let object) = target else { break }
            answer.owner = access.owner(of: object, in: place.bucket)
            answer.policyCanAllow = answer.owner == bucketOwner
            guard let grants = access.grants(of: object) else { break }
            answer.read(grants, for: permission, principal: principal, ignoresPublic: access.blocks(.ignorePublicAcls))
        case .objectDeletion:
            guard !access.listsAreOff, case .deletion(let object?) = target, let account = principal.accountID,
                access.owner(of: object, in: place.bucket) == account, let grants = access.grants
            else { break }
            answer.read(grants, for: .write, principal: principal, ignoresPublic: access.blocks(.ignorePublicAcls))
            // To delete is the right of the bucket's owner, whatever its list says.
            answer.excludesOwner = false
        }
        return answer
    }
}

extension AccessListAnswer {
    /// Reads a list.
    fileprivate mutating func read(
        _ grants: [AccessGrant], for permission: AccessGrant.Permission, principal: Principal, ignoresPublic: Bool
    ) {
        for given in grants where given.permission == permission || given.permission == .fullControl {
            if ignoresPublic, given.grantee.isPublic { continue }
            grant = max(grant, given.grantee.gives(to: principal))
        }
        // An owner can always read and replace the list, or could never be let in again.
        guard permission != .readACP, permission != .writeACP else { return }
        excludesOwner = principal.accountID == owner && grant == .none
    }
}

extension AccessGrant.Grantee {
    fileprivate func gives(to principal: Principal) -> ResourceGrant {
        switch self {
        case .account(let id): principal.accountID == id ? .account : .none
        case .allUsers: .everyone
        case .authenticatedUsers: principal.identity == nil ? .none : .account
        case .logDelivery: .none
        }
    }
}
