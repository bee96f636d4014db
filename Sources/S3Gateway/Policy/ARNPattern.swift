// Why this file exists: an ARN has six parts, and a wildcard in one of them does not reach into the next. The last part
// may have colons of its own. See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html

/// An ARN, taken apart.
struct ARNParts: Sendable {
    static let partCount = 6

    /// Always six.
    let parts: [ArraySlice<UInt8>]

    /// Nil when the text does not have six parts.
    init?(_ text: [UInt8]) {
        let parts = text.split(
            separator: UInt8(ascii: ":"), maxSplits: ARNParts.partCount - 1, omittingEmptySubsequences: false)
        guard parts.count == ARNParts.partCount else { return nil }
        self.parts = parts
    }
}

/// A pattern for ARNs.
struct ARNPattern: Sendable, Hashable {
    private enum Form: Sendable, Hashable {
        /// `*`
        case anything
        case parts([PolicyPattern])
        /// Not six parts: nothing fits.
        case nothing
    }

    private let form: Form

    init(_ text: String, takesVariables: Bool) throws(PolicyError) {
        guard text != "*" else {
            form = .anything
            return
        }
        let pieces = try PolicyPattern.pieces(of: text, wildcards: .meant, takesVariables: takesVariables)
        // Colons within variables do not part anything: those are no bytes any more.
        let parts = pieces.split(
            separator: .byte(UInt8(ascii: ":")), maxSplits: ARNParts.partCount - 1, omittingEmptySubsequences: false)
        form = parts.count == ARNParts.partCount ? .parts(parts.map { PolicyPattern(Array($0)) }) : .nothing
    }

    var isAnything: Bool { form == .anything }

    /// Whether it has six parts, or is `*`.
    var isWellFormed: Bool { form != .nothing }

    /// Whether it has neither wildcards nor variables.
    var isFixed: Bool {
        guard case .parts(let parts) = form else { return false }
        return parts.allSatisfy(\.isFixed)
    }

    /// - Parameter arn: nil for a text that is no ARN, which only `*` fits.
    func matches(_ arn: ARNParts?, in context: some PolicyContext) -> Bool {
        switch form {
        case .anything: return true
        case .nothing: return false
        case .parts(let parts):
            guard let arn else { return false }
            // The last part differs most often.
            for index in stride(from: ARNParts.partCount - 1, through: 0, by: -1)
            where !parts[index].matches(arn.parts[index], in: context) { return false }
            return true
        }
    }

    /// Whether it fits the bucket of that name, or could fit something in it.
    func isAbout(bucket: String) -> Bool {
        switch form {
        case .anything: return true
        case .nothing: return false
        case .parts(let parts):
            let expected = ["arn", "aws", "s3", "", ""]
            for (part, text) in zip(parts, expected)
            where !part.matches(Array(text.utf8)[...], in: EmptyContext()) { return false }
            let name = Array(bucket.utf8)
            let resource = parts[ARNParts.partCount - 1]
            return resource.canMatch(name) || resource.canMatch(beginningWith: name + [UInt8(ascii: "/")])
        }
    }
}

extension PolicyPattern {
    /// Whether the text fits when variables may be anything.
    fileprivate func canMatch(_ text: [UInt8]) -> Bool {
        let open = PolicyPattern(
            pieces.map { piece in
                if case .variable = piece { return .anyRun }
                return piece
            })
        return open.matches(text[...], in: EmptyContext())
    }
}

/// A context that knows nothing.
struct EmptyContext: PolicyContext {
    func values(of key: ConditionKey) -> [String]? { nil }
}
