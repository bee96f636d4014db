// Why this file exists: which other origins may do what with a bucket, as a pure value: read from its document, checked
// as AWS checks it, asked by preflights and by requests that carry an origin.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
import ObjectCore

/// A rule.
struct CORSRule: Sendable, Equatable {
    var id: String?
    var origins: [String] = []
    var methods: [String] = []
    var allowedHeaders: [String] = []
    var exposedHeaders: [String] = []
    /// How long a browser may remember a preflight, in seconds.
    var maxAge: Int?

    static let methodsServed = ["GET", "PUT", "HEAD", "POST", "DELETE"]
    static let idLengthMaximum = 255

    /// Whether the rule is about this request.
    /// - Parameter headers: what a preflight asks for, in lower case; empty for the request itself.
    func matches(origin: String, method: String, headers: [String]) -> Bool {
        methods.contains(method) && origins.contains { CORSRule.matches(origin, pattern: $0) }
            && headers.allSatisfy { header in
                allowedHeaders.contains { CORSRule.matches(header, pattern: $0.lowercased()) }
            }
    }

    /// A pattern has at most one `*`, which stands for anything, or nothing.
    static func matches(_ text: String, pattern: String) -> Bool {
        guard let star = pattern.firstIndex(of: "*") else { return text == pattern }
        let head = pattern[..<star]
        let tail = pattern[pattern.index(after: star)...]
        return text.utf8.count >= head.utf8.count + tail.utf8.count && text.hasPrefix(head) && text.hasSuffix(tail)
    }
}

/// The rules of a bucket, in order; the first that matches decides.
struct CORSRules: Sendable, Equatable {
    static let lengthMaximum = 64 * 1024
    static let countMaximum = 100

    var rules: [CORSRule] = []

    init(_ document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "CORSConfiguration")
        guard !root.children.isEmpty, root.children.count <= CORSRules.countMaximum,
            root.children.allSatisfy({ $0.name == "CORSRule" })
        else { throw S3Error(.malformedXML) }
        for element in root.children { rules.append(try CORSRule(element)) }
    }

    func rule(origin: String, method: String, headers: [String]) -> CORSRule? {
        rules.first { $0.matches(origin: origin, method: method, headers: headers) }
    }

    /// The document as it is kept and given back.
    var document: [UInt8] {
        var writer = XMLWriter()
        writer.element("CORSConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            for rule in rules {
                writer.element("CORSRule") { writer in
                    if let id = rule.id { writer.leaf("ID", id) }
                    for origin in rule.origins { writer.leaf("AllowedOrigin", origin) }
                    for method in rule.methods { writer.leaf("AllowedMethod", method) }
                    for header in rule.allowedHeaders { writer.leaf("AllowedHeader", header) }
                    for header in rule.exposedHeaders { writer.leaf("ExposeHeader", header) }
                    if let maxAge = rule.maxAge { writer.leaf("MaxAgeSeconds", maxAge) }
                }
            }
        }
        return writer.bytes
    }
}

extension CORSRule {
    init(_ element: XMLElement) throws(S3Error) {
        for child in element.children {
            let text = child.trimmedText
            switch child.name {
            case "ID":
                guard text.unicodeScalars.count <= CORSRule.idLengthMaximum else {
                    throw .invalidArgument("The rule ID is too long.", name: "ID", value: text)
                }
                id = text
            case "AllowedOrigin": origins.append(try CORSRule.pattern(text, "AllowedOrigin"))
            case "AllowedMethod":
                guard CORSRule.methodsServed.contains(text) else {
                    throw S3Error(
                        .invalidRequest,
                        "Found unsupported HTTP method in CORS config. Unsupported method is \(text)")
                }
                methods.append(text)
            case "AllowedHeader": allowedHeaders.append(try CORSRule.pattern(text, "AllowedHeader"))
            case "ExposeHeader":
                guard !text.contains("*") else {
                    throw S3Error(
                        .invalidRequest,
                        "ExposeHeader \"\(text)\" contains wildcard. We currently do not support wildcard for "
                            + "ExposeHeader.")
                }
                // It becomes a header of answers, so it must be a header's name. See: RFC 9110 section 5.1.
                guard CORSRule.isToken(text) else {
                    throw S3Error(.invalidRequest, "ExposeHeader \"\(text)\" contains invalid character.")
                }
                exposedHeaders.append(text)
            case "MaxAgeSeconds":
                guard let seconds = ASCII.decimal(text.utf8), seconds <= Int64(Int32.max) else {
                    throw S3Error(.malformedXML)
                }
                maxAge = Int(seconds)
            default: throw S3Error(.malformedXML)
            }
        }
        guard !origins.isEmpty, !methods.isEmpty else { throw S3Error(.malformedXML) }
    }

    private static func pattern(_ text: String, _ name: String) throws(S3Error) -> String {
        guard text.utf8.count(where: { $0 == UInt8(ascii: "*") }) <= 1 else {
            throw S3Error(.invalidRequest, "\(name) \"\(text)\" can not have more than one wildcard.")
        }
        return text
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
