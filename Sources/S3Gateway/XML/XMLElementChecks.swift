// Why this file exists: AWS refuses documents with elements that it does not know, and so a misspelt element never turns
// into a setting that was not made.

extension XMLElement {
    /// - Throws: MalformedXML when there is another child than these, or one of them twice.
    func holdsOnce(_ names: String...) throws(S3Error) {
        var seen: Set<String> = []
        for child in children {
            guard names.contains(child.name), seen.insert(child.name).inserted else { throw S3Error(.malformedXML) }
        }
    }
}
