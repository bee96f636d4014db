// Why this file exists: tags of users, roles, policies and sessions follow one rule.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
import ObjectCore

enum IdentityTags {
    static let countMax = 50
    static let keyCharactersMax = 128
    static let valueCharactersMax = 256

    /// `Tags.member.N.Key` and `.Value`.
    /// - Throws: ValidationError, InvalidInput for a key that comes twice.
    static func read(_ parameters: inout QueryParameters) throws(IdentityError) -> [NameValue] {
        let tags = parameters.structures("Tags", ["Key", "Value"]).map { NameValue($0["Key"] ?? "", $0["Value"] ?? "") }
        try check(tags)
        return tags
    }

    /// - Throws: ValidationError, InvalidInput for a key that comes twice.
    static func check(_ tags: [NameValue]) throws(IdentityError) {
        guard tags.count <= countMax else {
            throw IdentityError.validation(
                "\(tags.count) tags", at: "Tags", "Member must have length less than or equal to \(countMax)")
        }
        var seen: Set<String> = []
        for tag in tags {
            try checkKey(tag.name)
            guard tag.value.unicodeScalars.count <= valueCharactersMax, tag.value.unicodeScalars.allSatisfy(isAllowed)
            else { throw IdentityError.validation(tag.value, at: "Tags", pattern(valueCharactersMax)) }
            // Keys are told apart without regard to case.
            guard seen.insert(tag.name.lowercased()).inserted else {
                throw IdentityError(
                    .invalidInput, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
            }
        }
    }

    /// - Throws: ValidationError.
    static func checkKey(_ key: String) throws(IdentityError) {
        guard (1...keyCharactersMax).contains(key.unicodeScalars.count), key.unicodeScalars.allSatisfy(isAllowed) else {
            throw IdentityError.validation(key, at: "Tags", pattern(keyCharactersMax))
        }
        guard !ASCII.lowercased(key).hasPrefix("aws:") else {
            throw IdentityError.validation(key, at: "Tags", "Tag keys must not begin with aws:")
        }
    }

    private static func pattern(_ length: Int) -> String {
        "Member must have at most \(length) characters and satisfy regular expression pattern: "
            + "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"
    }

    /// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .spaceSeparator, .lineSeparator, .paragraphSeparator:
            true
        default: "_.:/=+-@".unicodeScalars.contains(scalar)
        }
    }
}
