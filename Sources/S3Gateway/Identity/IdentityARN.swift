// Why this file exists: Amazon resource names of IAM and STS, made and taken apart in one place.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html

/// The parts of an ARN: `arn:partition:service:region:account:resource`.
struct IdentityARN: Sendable, Equatable, CustomStringConvertible {
    /// The longest that is taken.
    static let lengthMax = 2048

    var service: String
    var account: String
    var resource: String

    init(service: String, account: String, resource: String) {
        self.service = service
        self.account = account
        self.resource = resource
    }

    /// Nil when `text` is no ARN of the partition `aws`, or has a region.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1] == "aws", parts[3].isEmpty, !parts[5].isEmpty,
            text.utf8.count <= IdentityARN.lengthMax
        else { return nil }
        self.init(service: String(parts[2]), account: String(parts[4]), resource: String(parts[5]))
    }

    var description: String { "arn:aws:\(service)::\(account):\(resource)" }

    /// `arn:aws:iam::ACCOUNT:RESOURCE`
    static func iam(_ account: String, _ resource: String) -> String {
        IdentityARN(service: "iam", account: account, resource: resource).description
    }

    /// `arn:aws:sts::ACCOUNT:RESOURCE`
    static func sts(_ account: String, _ resource: String) -> String {
        IdentityARN(service: "sts", account: account, resource: resource).description
    }
}

/// Account numbers as ARNs write them: 12 digits.
enum AccountNumber {
    static func text(_ number: Int64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }

    /// Nil unless `text` is 12 digits or more.
    static func number(_ text: String) -> Int64? {
        text.utf8.count >= 12 ? ASCII.decimal(text.utf8) : nil
    }
}
