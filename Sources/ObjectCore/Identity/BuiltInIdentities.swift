// Why this file exists: what is there in every account without being made: the role of runs and a few managed policies
// under the names that AWS gives them.
// See: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html

/// Identities that nobody made and nobody can change.
public enum BuiltInIdentities {
    /// The role that runs assume, with the rights of whoever assumes it.
    public static let runRoleName = "run"
    public static let runRolePath = "/cairn/"

    /// Whether the name is that of a built-in role.
    public static func isRole(_ name: String) -> Bool { name.lowercased() == runRoleName }

    /// The longest session of the role of runs, in seconds.
    public static let runRoleSeconds: Int64 = 43_200

    /// The role of runs, as if it were a role of the account with that number (12 digits).
    public static func runRole(account: String) -> IdentityRole {
        IdentityRole(
            header: IdentityHeader(
                id: "AROACAIRNRUN\(account)", name: runRoleName, path: runRolePath,
                created: Timestamp(milliseconds: 0), tags: []),
            trust: """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::\(account):root"},\
                "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}
                """,
            description: "The role of runs: the rights of whoever assumes it.", sessionSecondsMax: runRoleSeconds)
    }

    /// A managed policy of the server.
    public struct Policy: Sendable {
        public let id: String
        public let name: String
        public let description: String
        public let document: String

        public var arn: String { "arn:aws:iam::aws:policy/\(name)" }

        /// As if it were a policy of an account.
        public var asManaged: ManagedPolicy {
            let created = Timestamp(milliseconds: 0)
            return ManagedPolicy(
                header: IdentityHeader(id: id, name: name, path: "/", created: created, tags: []),
                description: description,
                versions: [ManagedPolicy.Version(number: 1, created: created, document: document)], defaultNumber: 1,
                highestNumber: 1)
        }
    }

    /// In order of their names.
    public static let policies: [Policy] = [
        Policy(
            id: "ANPAIFIR6V6BVTRAHWINE", name: "AmazonS3FullAccess",
            description: "Provides full access to all buckets.",
            document: """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],\
                "Resource":"*"}]}
                """),
        Policy(
            id: "ANPAIZTJ4DXE7G6AGAE6M", name: "AmazonS3ReadOnlyAccess",
            description: "Provides read only access to all buckets.",
            document: """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*",\
                "s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]}
                """),
        Policy(
            id: "ANPAI7XKCFMBPM3QQRRVQ", name: "IAMFullAccess",
            description: "Provides full access to users, groups, roles and policies.",
            document: """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*"],"Resource":"*"}]}
                """),
        Policy(
            id: "ANPAJKSO7NDY4T57MWDSQ", name: "IAMReadOnlyAccess",
            description: "Provides read only access to users, groups, roles and policies.",
            document: """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}]}
                """),
    ]

    /// The policy of that ARN.
    public static func policy(arn: String) -> Policy? { policies.first { $0.arn == arn } }
}
