// Why this file exists: credentials and signed requests for the tests of this folder.
import S3Gateway

/// A handful of keys in memory.
struct TestCredentials: CredentialSource {
    var records: [AccessKeyRecord]

    func credential(for accessKey: String) -> AccessKeyRecord? { records.first { $0.accessKey == accessKey } }

    /// The key of AWS's examples.
    static let example = AccessKeyRecord(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secret: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        accountID: "owner-id", displayName: "owner")
    static let other = AccessKeyRecord(
        accessKey: "OTHERKEY", secret: Secret("other"), accountID: "other-id", displayName: "other")
    static let temporary = AccessKeyRecord(
        accessKey: "TEMPORARY", secret: Secret("temporary"), accountID: "owner-id", displayName: "owner",
        sessionToken: Secret("the+token/="), expiresAt: exampleTime + 1000)

    static let all = TestCredentials(records: [example, other, temporary])
}

/// 2013-05-24T00:00:00Z, the time of AWS's examples.
let exampleTime: Int64 = 1_369_353_600

let exampleSigner = RequestSigner(
    accessKey: TestCredentials.example.accessKey, secret: TestCredentials.example.secret)

func authenticator(_ rule: Authenticator.RegionRule = .configured) -> Authenticator {
    Authenticator(
        credentials: TestCredentials.all, configuration: .init(region: "us-east-1", regionRule: rule))
}

/// A request that is signed in its header.
func signedRequest(
    _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)] = [],
    headers: [(name: String, value: String)] = [], payload: String = "UNSIGNED-PAYLOAD",
    signer: RequestSigner = exampleSigner, now: Int64 = exampleTime
) throws(S3Error) -> S3Request {
    let headers = [(name: "host", value: "s3.example.test")] + headers
    let added = signer.headers(
        method: method, path: path, query: query, headers: headers, payload: payload, now: now)
    return try makeRequest(method, target(path, query), (headers + added).map { ($0.name, $0.value) })
}

/// A request that is signed in its query.
func presignedRequest(
    _ method: HTTPMethod, _ path: String, query: [(name: String, value: String?)] = [],
    headers: [(name: String, value: String)] = [], lifetime: Int64 = 300, signer: RequestSigner = exampleSigner,
    unsigned: [(String, String)] = []
) throws(S3Error) -> S3Request {
    let headers = [(name: "host", value: "s3.example.test")] + headers
    let query = signer.presignedQuery(
        method: method, path: path, query: query, headers: headers, lifetime: lifetime, now: exampleTime)
    return try makeRequest(method, path + "?" + query, headers.map { ($0.name, $0.value) } + unsigned)
}

private func target(_ path: String, _ query: [(name: String, value: String?)]) -> String {
    guard !query.isEmpty else { return path }
    return path + "?"
        + query.map { item in
            PercentCoding.encoded(item.name.utf8, keepingSlash: false)
                + (item.value.map { "=" + PercentCoding.encoded($0.utf8, keepingSlash: false) } ?? "")
        }.joined(separator: "&")
}
