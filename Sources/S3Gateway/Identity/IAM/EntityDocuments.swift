// Why this file exists: users, groups, roles and policies in IAM's XML.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Types.html
import ObjectCore

extension IdentityUser {
    func write(in directory: IdentityDirectory, withTags: Bool = false, to writer: inout XMLWriter) {
        writer.leaf("Path", header.path)
        writer.leaf("UserName", name)
        writer.leaf("UserId", id)
        writer.leaf("Arn", directory.arn(self))
        writer.leaf("CreateDate", WireDate.extended(header.created.seconds))
        if withTags { IdentityTags.write(header.tags, to: &writer) }
    }
}

extension IdentityGroup {
    func write(in directory: IdentityDirectory, to writer: inout XMLWriter) {
        writer.leaf("Path", header.path)
        writer.leaf("GroupName", name)
        writer.leaf("GroupId", id)
        writer.leaf("Arn", directory.arn(self))
        writer.leaf("CreateDate", WireDate.extended(header.created.seconds))
    }
}

extension IdentityRole {
    func write(in directory: IdentityDirectory, withTags: Bool = false, to writer: inout XMLWriter) {
        writer.leaf("Path", header.path)
        writer.leaf("RoleName", name)
        writer.leaf("RoleId", id)
        writer.leaf("Arn", directory.arn(self))
        writer.leaf("CreateDate", WireDate.extended(header.created.seconds))
        writer.leaf("AssumeRolePolicyDocument", PolicyText.encoded(trust))
        if !description.isEmpty { writer.leaf("Description", description) }
        writer.leaf("MaxSessionDuration", sessionSecondsMax)
        if withTags { IdentityTags.write(header.tags, to: &writer) }
    }
}

extension ManagedPolicy {
    func write(
        in directory: IdentityDirectory, arn: String? = nil, withTags: Bool = false, withDescription: Bool = false,
        to writer: inout XMLWriter
    ) {
        let arn = arn ?? directory.arn(self)
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
