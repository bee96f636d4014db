// Why this file exists: every account has one role without being asked: that of runs. Whoever holds a key of the account
// may assume it, with the rights that they have anyway; what it adds is the session with its name and tags.

/// `arn:aws:iam::ACCOUNT:role/cairn/run`
enum RunRole {
    static let name = "run"
    static let path = "/cairn/"
    /// The longest session, in seconds.
    static let sessionSecondsMax: Int64 = 43_200

    static func arn(account: String) -> String { ARN.iam(account, "role\(path)\(name)") }

    /// Its unique id, the same at all times.
    static func id(account: String) -> String { "AROACAIRNRUN\(account)" }
}
