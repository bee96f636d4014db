// Why this file exists: pulls a form out of a connection's body: the pure parser below it knows bytes only, the
// operation above it knows fields and content only.

/// Reads one multipart/form-data body.
struct FormReader {
    private let body: any RequestBody
    private var parser: FormDataParser

    /// - Throws: PreconditionFailed when the request carries no form, as AWS answers.
    init(_ request: VerifiedRequest, context: OperationContext) throws(S3Error) {
        let type = HeaderParameters((request.header("content-type") ?? "").utf8)
        guard type.isValue("multipart/form-data") else {
            throw S3Error(
                .preconditionFailed,
                fields: ["Condition": "Bucket POST must be of the enclosure-type multipart/form-data"])
        }
        body = context.rawBody
        do {
            parser = try FormDataParser(boundary: Array((type["boundary"] ?? "").utf8))
        } catch {
            throw FormReader.refusal(error)
        }
    }

    /// All fields before the file, and the file's name.
    mutating func fields() async throws(S3Error) -> (fields: [FormField], fileName: String) {
        var fields: [FormField] = []
        while true {
            switch try await step() {
            case .field(let name, let value):
                guard let text = String(validating: value, as: UTF8.self) else {
                    throw S3Error(.malformedPOSTRequest, "The field \(name) is not UTF-8.")
                }
                fields.append(FormField(name: name, value: text))
            case .file(let name, _): return (fields, name ?? "")
            case .end:
                throw .invalidArgument(
                    "POST requires exactly one file upload per request.", name: "file", value: "0")
            case .needsBytes, .content: continue
            }
        }
    }

    /// The next bytes of the file, nil at its end.
    mutating func content() async throws(S3Error) -> [UInt8]? {
        while true {
            switch try await step() {
            case .content(let bytes): return bytes
            case .end: return nil
            case .needsBytes, .field, .file: continue
            }
        }
    }

    // The next finding that is not a wish for more bytes.
    private mutating func step() async throws(S3Error) -> FormDataParser.Step {
        while true {
            let step: FormDataParser.Step
            do {
                step = try parser.next()
            } catch {
                throw FormReader.refusal(error)
            }
            guard step == .needsBytes else { return step }
            let bytes: [UInt8]?
            do {
                bytes = try await body.next(maximum: PostObject.pieceLength)
            } catch {
                throw S3Error(error)
            }
            if let bytes {
                parser.append(bytes)
            } else {
                parser.endOfInput()
            }
        }
    }

    /// Reads what follows the file, so that the connection can be used again; what is too long is left.
    func drain() async {
        var rest = PostObject.remainderMaximum
        while rest > 0, let bytes = try? await body.next(maximum: PostObject.pieceLength) { rest -= bytes.count }
    }

    private static func refusal(_ error: FormDataError) -> S3Error {
        switch error {
        case .malformed(let what):
            S3Error(.malformedPOSTRequest, "\(S3Error.Code.malformedPOSTRequest.defaultMessage) (\(what))")
        case .fieldsTooLong: S3Error(.maxPostPreDataLengthExceeded)
        case .truncated: S3Error(.incompleteBody, "The form ended before its closing boundary.")
        }
    }
}
