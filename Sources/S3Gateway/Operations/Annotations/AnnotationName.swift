// Why this file exists: which names an annotation may have, and how a request gives one.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/annotations-overview.html
import ObjectCore

/// The names of annotations.
enum AnnotationName {
    /// Taken by AWS, in any case of letters.
    private static let reserved = ["aws", "s3"]

    /// The name in `annotationName`.
    /// - Throws: InvalidAnnotationName, AnnotationNameTooLong.
    static func decode(_ request: VerifiedRequest) throws(S3Error) -> String {
        guard let name = request.query("annotationName"), !name.isEmpty else { throw S3Error(.invalidAnnotationName) }
        guard name.utf8.count <= Annotation.nameLengthMaximum else { throw S3Error(.annotationNameTooLong) }
        guard consistsOfNameCharacters(name), !reserved.contains(where: { name.lowercased().hasPrefix($0) }) else {
            throw S3Error(.invalidAnnotationName, fields: ["AnnotationName": name])
        }
        return name
    }

    /// The prefix in `annotation-prefix`; empty when there is none.
    /// - Throws: InvalidPrefix.
    static func prefix(_ request: VerifiedRequest) throws(S3Error) -> String {
        let prefix = request.query("annotation-prefix") ?? ""
        guard prefix.utf8.count <= Annotation.nameLengthMaximum, consistsOfNameCharacters(prefix) else {
            throw S3Error(.invalidPrefix, fields: ["AnnotationPrefix": prefix])
        }
        return prefix
    }

    /// Letters and digits of any script, and `_`, `.`, `-`.
    private static func consistsOfNameCharacters(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .nonspacingMark, .spacingMark:
                true
            default: scalar == "_" || scalar == "." || scalar == "-"
            }
        }
    }
}

extension HTTPResponse {
    /// Which version of the object an annotation belongs to.
    mutating func addAnnotatedVersion(_ version: ObjectVersion, bucket: Bucket) {
        if bucket.versioning != .never { add("x-amz-object-version-id", version.versionID.description) }
    }
}
