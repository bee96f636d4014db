// Why this file exists: users, groups, roles and policies in IAM's XML.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Types.html
import ObjectCore

/// An identity that answers tell of.
protocol IdentityDocument: IdentityEntity {
    func write(in directory: IdentityDirectory, withTags: Bool, to writer: inout XMLWriter)
}

extension IdentityDocument {
    /// As lists tell it, without tags.
    func write(in directory: IdentityDirectory, to writer: inout XMLWriter) {
        write(in: directory, withTags: false, to: &writer)
    }

    /// As answers about it alone tell it, with the tags that it has.
    func writeElement(_ name: String, in directory: IdentityDirectory, to writer: inout XMLWriter) {
        writer.element(name: name) { write(in: directory, withTags: !header.tags.isEmpty, to: &$0) }
    }

    fileprivate func writeHeader(_ word: String, in directory: IdentityDirectory, to writer: inout XMLWriter) {
        writer.leaf("Path", header.path)
        writer.leaf(name: "\(word)Name", name)
        writer.leaf(name: "\(word)Id", id)
        writer.leaf("Arn", directory.arn(self))
        writer.leaf("CreateDate", WireDate.extended(header.created.seconds))
    }
}

extension IdentityUser: IdentityDocument {
    func write(in directory: IdentityDirectory, withTags: Bool, to writer: inout XMLWriter) {
        writeHeader(OfUser.word, in: directory, to: &writer)
        if withTags { IdentityTags.write(header.tags, to: &writer) }
    }
}

extension IdentityGroup: IdentityDocument {
    func write(in directory: IdentityDirectory, withTags: Bool, to writer: inout XMLWriter) {
        writeHeader(OfGroup.word, in: directory, to: &writer)
    }
}

extension IdentityRole: IdentityDocument {
    func write(in directory: IdentityDirectory, withTags: Bool, to writer: inout XMLWriter) {
        writeHeader(OfRole.word, in: directory, to: &writer)
        writer.leaf("AssumeRolePolicyDocument", PolicyText.encoded(trust))
        if !description.isEmpty { writer.leaf("Description", description) }
        writer.leaf("MaxSessionDuration", sessionSecondsMax)
        if withTags { IdentityTags.write(header.tags, to: &writer) }
    }
}

extension ManagedPolicy: IdentityDocument {
    func write(in directory: IdentityDirectory, withTags: Bool, to writer: inout XMLWriter) {
        write(in: directory, arn: directory.arn(self), withTags: withTags, to: &writer)
    }

    /// - Parameter arn: the server's own policies have one that is not the account's.
    func write(
        in directory: IdentityDirectory, arn: String, withTags: Bool = false, withDescription: Bool = false,
        to writer: inout XMLWriter
    ) {
        writer.leaf("PolicyName", name)
        writer.leaf("PolicyId", id)
        writer.leaf("Arn", arn)
        writer.leaf("Path", header.path)
        writer.leaf("DefaultVersionId", "v\(defaultNumber)")
        writer.leaf("AttachmentCount", directory.attachmentCount(of: arn))
        writer.leaf("PermissionsBoundaryUsageCount", 0)
        writer.leaf("IsAttachable", true)
        if withDescription, !description.isEmpty { writer.leaf("Description", description) }
        writer.leaf("CreateDate", WireDate.extended(header.created.seconds))
        writer.leaf("UpdateDate", WireDate.extended((versions.last?.created ?? header.created).seconds))
        if withTags { IdentityTags.write(header.tags, to: &writer) }
    }

    func write(_ version: Version, withDocument: Bool, to writer: inout XMLWriter) {
        if withDocument { writer.leaf("Document", PolicyText.encoded(version.document)) }
        writer.leaf("VersionId", "v\(version.number)")
        writer.leaf("IsDefaultVersion", version.number == defaultNumber)
        writer.leaf("CreateDate", WireDate.extended(version.created.seconds))
    }
}

extension IdentityTags {
    static func write(_ tags: some Sequence<NameValue>, to writer: inout XMLWriter) {
        writer.element("Tags") { writer in
            for tag in tags { writer.element("member") { write(tag, to: &$0) } }
        }
    }

    static func write(_ tag: NameValue, to writer: inout XMLWriter) {
        writer.leaf("Key", tag.name)
        writer.leaf("Value", tag.value)
    }
}
