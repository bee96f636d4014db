// Why this file exists: tags come in a header (as a query string), in a form field and in XML, and the same limits
// hold for all three. See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
import ObjectCore

/// The rules for tags of objects and buckets.
enum Tags {
    static let countMaximum = 10
    static let bucketCountMaximum = 50
    /// In Unicode scalars.
    static let keyLengthMaximum = 128
    static let valueLengthMaximum = 256

    /// Reads `x-amz-tagging`: `name=value&name=value`, percent-encoded.
    static func decode(header: ArraySlice<UInt8>) throws(S3Error) -> [NameValue] {
        var tags: [NameValue] = []
        for piece in header.split(separator: UInt8(ascii: "&")) {
            let equals = piece.firstIndex(of: UInt8(ascii: "="))
            let name = try text(piece[..<(equals ?? piece.endIndex)])
            let value = try equals.map { position throws(S3Error) in try text(piece[(position + 1)...]) } ?? ""
            tags.append(NameValue(name, value))
        }
        try check(tags)
        return tags
    }

    private static func text(_ piece: ArraySlice<UInt8>) throws(S3Error) -> String {
        guard let decoded = PercentCoding.decode(piece, plusIsSpace: true),
            let text = String(validating: decoded, as: UTF8.self)
        else {
            throw .invalidArgument(
                "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without "
                    + "tag name duplicates.", name: "x-amz-tagging", value: String(decoding: piece, as: UTF8.self))
        }
        return text
    }

    /// Refuses tags beyond the limits.
    static func check(_ tags: [NameValue], countMaximum: Int = Tags.countMaximum) throws(S3Error) {
        guard tags.count <= countMaximum else {
            let whose = countMaximum == bucketCountMaximum ? "Bucket" : "Object"
            throw S3Error(.invalidTag, "\(whose) tags cannot be greater than \(countMaximum)")
        }
        for (position, tag) in tags.enumerated() {
            guard !tag.name.isEmpty, tag.name.unicodeScalars.count <= keyLengthMaximum,
                !tag.name.hasPrefix("aws:"), tag.name.unicodeScalars.allSatisfy(isAllowed)
            else {
                throw S3Error(.invalidTag, "The TagKey you have provided is invalid", fields: ["TagKey": tag.name])
            }
            guard tag.value.unicodeScalars.count <= valueLengthMaximum, tag.value.unicodeScalars.allSatisfy(isAllowed)
            else {
                throw S3Error(
                    .invalidTag, "The TagValue you have provided is invalid",
                    fields: ["TagKey": tag.name, "TagValue": tag.value])
            }
            if tags[..<position].contains(where: { $0.name == tag.name }) {
                throw S3Error(
                    .invalidTag, "Cannot provide multiple Tags with the same key", fields: ["TagKey": tag.name])
            }
        }
    }

    // Letters, digits and spaces of any script, and `_ . : / = + - @`.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "_", ".", ":", "/", "=", "+", "-", "@": return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .spaceSeparator, .nonspacingMark, .spacingMark:
            return true
        default: return false
        }
    }
}
