// Why this file exists: the fuzzer's way in. One program has all targets, and the environment says which one runs: linking
// seven with the sanitizers' runtimes would take longer than a run of each.
// Invariant: a target ends in a value or an error for every input; a trap, a sanitizer's report, and a property that does
// not hold (``require(_:_:)``) are findings.
import Foundation

/// What an input is given to.
enum FuzzTarget: String, CaseIterable {
    case head, chunked, aws, xml, policy, signature, form, segment

    func run(_ input: [UInt8]) {
        switch self {
        case .head: HeadTarget.run(input)
        case .chunked: ChunkedTarget.run(input)
        case .aws: AWSChunkedTarget.run(input)
        case .xml: XMLTarget.run(input)
        case .policy: PolicyTarget.run(input)
        case .signature: SignatureTarget.run(input)
        case .form: FormTarget.run(input)
        case .segment: SegmentTarget.run(input)
        }
    }

    /// The target that the environment names.
    static let chosen: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["CAIRN_FUZZ_TARGET"] ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let names = allCases.map(\.rawValue).joined(separator: ", ")
            print("CAIRN_FUZZ_TARGET must be one of \(names), not \"\(name)\"")
            exit(64)
        }
        return target
    }()
}

/// Ends the run with a finding unless `holds`.
func require(_ holds: Bool, _ property: @autoclosure () -> String) {
    guard !holds else { return }
    print("PROPERTY: \(property())")
    abort()
}

/// See: https://llvm.org/docs/LibFuzzer.html
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
