// Why this file exists: two evaluators that were written independently judge random policies and requests; where they
// disagree, one of them is wrong, and the seed is told.
import Foundation
import Testing

@testable import S3Gateway

@Suite("PolicyComparison")
struct PolicyComparisonTests {
    /// Cases; `make test-release` asks for 100,000.
    private static let count =
        ProcessInfo.processInfo.environment["CAIRN_POLICY_CASES"].flatMap { Int($0) } ?? 4_000
    private static let requestsEach = 8
    private static let seed: UInt64 = 0x5EED_0000

    private struct Tally {
        var verdicts: [PolicyVerdict: Int] = [:]
        var disagreements: [String] = []
    }

    @Test("both evaluators judge random policies and requests alike", arguments: 0..<4)
    func agree(part: Int) throws {
        var tally = Tally()
        let documents = PolicyComparisonTests.count / PolicyComparisonTests.requestsEach / 4
        for number in 0..<documents {
            let seed = PolicyComparisonTests.seed + UInt64(part * 10_000_000 + number)
            try PolicyComparisonTests.compare(seed: seed, &tally)
        }
        #expect(tally.disagreements.isEmpty, "\(tally.disagreements.first ?? "")")
        // A comparison of nothing but refusals would prove little.
        let total = documents * PolicyComparisonTests.requestsEach
        for verdict in [PolicyVerdict.allow, .implicitDeny, .explicitDeny] {
            #expect(tally.verdicts[verdict, default: 0] * 20 > total, "\(verdict)")
        }
    }

    private static func compare(seed: UInt64, _ tally: inout Tally) throws {
        var maker = RandomPolicies(seed: seed)
        let texts = maker.policies()
        var set = PolicySet(
            identity: try texts.identity.map { try PolicyDocument(Array($0.utf8), as: .identity) },
            restrictions: try texts.layers.map { try $0.map { try PolicyDocument(Array($0.utf8), as: .session) } })
        set.resource = try texts.bucket.map { try PolicyDocument(Array($0.utf8), as: .bucket("example")) }
        for _ in 0..<requestsEach {
            let (request, context) = maker.request()
            let found = set.verdict(on: request, grant: texts.grant)
            let expected = try NaivePolicies.verdict(
                on: PolicyCase(
                    identity: texts.identity, bucket: texts.bucket, layers: texts.layers, request: request,
                    context: context, grant: texts.grant))
            tally.verdicts[found, default: 0] += 1
            if found != expected {
                tally.disagreements.append(
                    """
                    seed \(seed): \(found), expected \(expected)
                    \(request.subject.kind) \(request.action) \(request.resource) grant \(texts.grant)
                    \(context.values)
                    identity \(texts.identity)
                    bucket \(texts.bucket ?? "none")
                    layers \(texts.layers)
                    """)
            }
        }
    }
}
