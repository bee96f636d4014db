// Why this file exists: whether a policy opens a bucket to everybody, by the rules that block public access uses: an allow
// is public unless it goes to fixed principals, or asks for a fixed value of a key that says where a request comes from.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html

extension PolicyDocument {
    /// Whether it makes a bucket public.
    public var isPublic: Bool { statements.contains(where: \.isPublic) }
}

extension PolicyStatement {
    fileprivate var isPublic: Bool {
        guard isAllow, let principals else { return false }
        guard principals.isExclusion || principals.listed.contains(.everyone) else { return false }
        return !conditions.contains(where: \.closesToPublic)
    }
}

extension PolicyCondition {
    private static let addressKey = ConditionKey("aws:SourceIp")
    private static let userIDKey = ConditionKey("aws:userid")
    private static let closingKeys: Set<ConditionKey> = Set(
        [
            "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
            "aws:PrincipalServiceName", "aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID",
            "aws:SourceOwner", "aws:SourceVpc", "aws:SourceVpce", "aws:userid", "aws:username",
            "s3:DataAccessPointAccount", "s3:DataAccessPointArn",
        ].map(ConditionKey.init))
    /// Prefixes shorter than these are so much of the Internet that they count as all of it, in bits.
    private static let shortestIPv4Prefix = 8
    private static let shortestIPv6Prefix = 32

    /// Whether only requests from somewhere fixed pass.
    fileprivate var closesToPublic: Bool {
        // Whoever lacks the key passes these.
        guard !ifExists, !isNegated, quantifier != .forAllValues else { return false }
        switch test {
        case .address(let ranges):
            return key == PolicyCondition.addressKey
                && ranges.allSatisfy { range in
                    let shortest =
                        range.isIPv4 ? PolicyCondition.shortestIPv4Prefix : PolicyCondition.shortestIPv6Prefix
                    return range.prefixLength >= shortest
                }
        case .text(let patterns, _):
            guard PolicyCondition.closingKeys.contains(key) else { return false }
            return patterns.allSatisfy { pattern in
                // `role-id:*` is every session of one role: anybody who may assume it.
                pattern.isFixed && !(key == PolicyCondition.userIDKey && pattern.plainText?.hasSuffix(":*") == true)
            }
        case .arn(let patterns):
            return PolicyCondition.closingKeys.contains(key) && patterns.allSatisfy(\.isFixed)
        case .number, .date, .truth, .bytes, .absence: return false
        }
    }
}
