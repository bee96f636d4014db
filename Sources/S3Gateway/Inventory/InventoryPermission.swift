// Why this file exists: reports are put by the service itself, and a bucket takes them only when its policy says so, also
// when it belongs to the same account: so nobody fills a bucket of others through an inventory.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html#configure-inventory-destination-bucket-policy
import ObjectCore

/// Asks the policy of a destination.
struct InventoryPermission: PolicyContext {
    static let service = "s3.amazonaws.com"

    let source: Bucket
    let sourceAccount: PolicyAccount
    let targetAccount: PolicyAccount
    let encryption: EncryptionRequest?
    let now: Int64

    /// Whether the destination takes an object under this key.
    static func isGiven(
        _ key: String, in target: Bucket, from source: Bucket, encryption: EncryptionRequest?, store: ObjectStore,
        now: Timestamp
    ) -> Bool {
        guard let policy = BucketPolicy(of: target, in: store) else { return false }
        let accounts = AccountsAlone(store)
        let context = InventoryPermission(
            source: source, sourceAccount: accounts.account(source.owner),
            targetAccount: accounts.account(target.owner), encryption: encryption, now: now.seconds)
        let request = PolicyRequest(
            subject: PolicySubject(.service(service), account: nil), action: .putObject,
            resource: PolicyRequest.resource(bucket: target.name, key: key), resourceAccount: context.targetAccount,
            context: context)
        return PolicySet(resource: policy.document).verdict(on: request) == .allow
    }

    func values(of key: ConditionKey) -> [String]? {
        switch key.name {
        case "aws:currenttime": [WireDate.extended(now)]
        case "aws:epochtime": [String(now)]
        case "aws:principalisawsservice", "aws:securetransport", "s3:objectcreationoperation": ["true"]
        case "aws:principalservicename": [InventoryPermission.service]
        case "aws:resourceaccount", "s3:resourceaccount": [targetAccount.number]
        case "aws:sourceaccount": [sourceAccount.number]
        case "aws:sourcearn": [PolicyRequest.resource(bucket: source.name)]
        case "aws:viaawsservice": ["false"]
        case "s3:x-amz-acl": ["bucket-owner-full-control"]
        case "s3:x-amz-server-side-encryption": encryptionName.map { [$0] }
        default: nil
        }
    }

    private var encryptionName: String? {
        switch encryption {
        case nil, .customer: nil
        case .master: "AES256"
        case .named: "aws:kms"
        }
    }
}
