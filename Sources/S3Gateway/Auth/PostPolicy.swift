// Why this file exists: the policy document of a form upload, read and enforced. It works both ways: each condition
// must hold, and each field must have a condition.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
private import FoundationEssentials
import ObjectCore

/// A policy document.
struct PostPolicy {
    enum Condition: Equatable {
        /// The field has exactly this value.
        case equals(field: String, value: String)
        /// The field begins with this.
        case startsWith(field: String, prefix: String)
    }

    /// The longest document, in bytes of Base64; AWS allows 20 KB for all fields together.
    static let encodedLengthMax = 20 * 1024
    static let conditionsMax = 200

    /// Seconds since 1970.
    let expiration: Int64
    let conditions: [Condition]
    /// Sizes of the file in bytes.
    let lengthRange: ClosedRange<Int64>?

    /// - Throws: InvalidPolicyDocument, which says what is wrong.
    init(base64 encoded: String) throws(S3Error) {
        guard encoded.utf8.count <= PostPolicy.encodedLengthMax else { throw S3Error(.maxPostPreDataLengthExceeded) }
        guard let bytes = Base64.decode(encoded.utf8.filter { !ASCII.isSpace($0) }) else {
            throw PostPolicy.invalid("it is not Base64.")
        }
        let document: [String: JSONValue]
        do {
            document = try JSONDecoder().decode([String: JSONValue].self, from: Data(bytes))
        } catch {
            throw PostPolicy.invalid("Invalid JSON.")
        }
        guard case .string(let expiration)? = document["expiration"] else {
            throw PostPolicy.invalid("Policy missing expiration.")
        }
        guard let end = WireDate.parseExtended(expiration.utf8) else {
            throw PostPolicy.invalid("Invalid 'expiration' value: '\(expiration)'")
        }
        guard case .array(let list)? = document["conditions"], !list.isEmpty, list.count <= PostPolicy.conditionsMax
        else { throw PostPolicy.invalid("Policy missing conditions.") }
        self.expiration = end
        var conditions: [Condition] = []
        var lengthRange: ClosedRange<Int64>?
        for item in list {
            switch item {
            case .object(let pairs):
                guard !pairs.isEmpty else { throw PostPolicy.invalid("Invalid Simple-Condition: empty.") }
                for (field, value) in pairs.sorted(by: { $0.key < $1.key }) {
                    guard let value = value.text else {
                        throw PostPolicy.invalid("Invalid Simple-Condition: value must be a string.")
                    }
                    conditions.append(.equals(field: ASCII.lowercased(field), value: value))
                }
            case .array(let parts):
                guard parts.count == 3, case .string(let name) = parts[0] else {
                    throw PostPolicy.invalid("Invalid Condition: it must have three parts.")
                }
                if name.lowercased() == "content-length-range" {
                    let range = try PostPolicy.lengthRange(parts[1], parts[2])
                    // Of several the narrowest counts.
                    guard let known = lengthRange else {
                        lengthRange = range
                        continue
                    }
                    guard known.overlaps(range) else { throw PostPolicy.invalid("Contradicting length ranges.") }
                    lengthRange = range.clamped(to: known)
                } else {
                    conditions.append(try PostPolicy.condition(name.lowercased(), parts[1], parts[2]))
                }
            default: throw PostPolicy.invalid("Invalid Condition: neither list nor object.")
            }
        }
        self.conditions = conditions
        self.lengthRange = lengthRange
    }

    /// Holds the form to the policy.
    /// - Throws: AccessDenied, in AWS's words.
    func check(_ form: FormValues, bucket: String, now: Int64) throws(S3Error) {
        guard now < expiration else { throw PostPolicy.denied("Policy expired.") }
        var covered: Set<String> = []
        for condition in conditions {
            switch condition {
            case .equals(let field, let value):
                covered.insert(field)
                guard actual(field, form, bucket) == value else {
                    throw PostPolicy.denied("Policy Condition failed: [\"eq\", \"$\(field)\", \"\(value)\"]")
                }
            case .startsWith(let field, let prefix):
                covered.insert(field)
                guard let actual = actual(field, form, bucket), PostPolicy.matches(actual, prefix, field: field)
                else {
                    throw PostPolicy.denied(
                        "Policy Condition failed: [\"starts-with\", \"$\(field)\", \"\(prefix)\"]")
                }
            }
        }
        guard covered.contains("bucket") else { throw PostPolicy.denied("Policy has no condition on bucket.") }
        let extra = form.fields.map(\.name).filter { !covered.contains($0) && !PostPolicy.needsNoCondition($0) }
        guard extra.isEmpty else {
            throw PostPolicy.denied("Extra input fields: \(extra.joined(separator: ", "))")
        }
    }

    // `bucket` means the bucket that is written to, whatever the form says.
    private func actual(_ field: String, _ form: FormValues, _ bucket: String) -> String? {
        field == "bucket" ? bucket : form[field]
    }

    // A Content-Type that lists several must match in each.
    private static func matches(_ value: String, _ prefix: String, field: String) -> Bool {
        guard field == "content-type", value.utf8.contains(UInt8(ascii: ",")) else {
            return value.utf8.starts(with: prefix.utf8)
        }
        return value.utf8.split(separator: UInt8(ascii: ",")).allSatisfy {
            $0.drop(while: ASCII.isSpace).starts(with: prefix.utf8)
        }
    }

    // AWS's exceptions, and checksums, which can only make an upload fail. `bucket` is always judged by its real
    // value.
    private static func needsNoCondition(_ field: String) -> Bool {
        switch field {
        case "x-amz-signature", "signature", "awsaccesskeyid", "policy", "file", "bucket": true
        default:
            field.hasPrefix("x-ignore-")
                || DigestAlgorithm.allCases.contains { field == "x-amz-checksum-\($0.s3Name.lowercased())" }
        }
    }

    private static func condition(
        _ name: String, _ field: JSONValue, _ value: JSONValue
    ) throws(S3Error) -> Condition {
        guard case .string(let field) = field, field.hasPrefix("$"), field.utf8.count > 1, let value = value.text else {
            throw invalid("Invalid Condition: the field must be a string that begins with '$'.")
        }
        let fieldName = ASCII.lowercased(String(field.dropFirst()))
        switch name {
        case "eq": return .equals(field: fieldName, value: value)
        case "starts-with": return .startsWith(field: fieldName, prefix: value)
        default: throw invalid("Invalid Condition: unknown operation '\(name)'.")
        }
    }

    private static func lengthRange(_ low: JSONValue, _ high: JSONValue) throws(S3Error) -> ClosedRange<Int64> {
        guard let low = low.text.flatMap({ ASCII.decimal($0.utf8) }),
            let high = high.text.flatMap({ ASCII.decimal($0.utf8) }), low <= high
        else { throw invalid("Invalid content-length-range.") }
        return low...high
    }

    private static func invalid(_ detail: String) -> S3Error {
        S3Error(.invalidPolicyDocument, "Invalid Policy: \(detail)")
    }

    private static func denied(_ detail: String) -> S3Error {
        S3Error(.accessDenied, "Invalid according to Policy: \(detail)")
    }
}

/// As much of JSON as a policy document has.
enum JSONValue: Decodable, Equatable {
    case string(String)
    case number(Int64)
    case array([JSONValue])
    case object([String: JSONValue])
    /// Anything else, which has no place in a policy.
    case other

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.singleValueContainer() {
            if let text = try? container.decode(String.self) {
                self = .string(text)
                return
            }
            if let number = try? container.decode(Int64.self) {
                self = .number(number)
                return
            }
            if let list = try? container.decode([JSONValue].self) {
                self = .array(list)
                return
            }
            if let pairs = try? container.decode([String: JSONValue].self) {
                self = .object(pairs)
                return
            }
        }
        self = .other
    }

    /// Strings, and numbers in decimal.
    var text: String? {
        switch self {
        case .string(let text): text
        case .number(let number): String(number)
        case .array, .object, .other: nil
        }
    }
}
