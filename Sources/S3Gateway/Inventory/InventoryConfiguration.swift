// Why this file exists: which inventory of a bucket is made, how often, of what, and where it goes: as a pure value, read
// from its document, checked as AWS checks it, and written as it is kept and given back.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryConfiguration.html
import ObjectCore

/// An inventory.
struct InventoryConfiguration: Sendable, Hashable {
    enum Frequency: String, Sendable {
        case daily = "Daily"
        case weekly = "Weekly"
    }

    static let lengthMaximum = 64 << 10
    static let idLengthMaximum = 64
    /// Inventories of one bucket.
    static let countMaximum = 1000
    /// Longer ones leave no room for the names behind them.
    static let prefixMaximum = 512
    /// Settings of a bucket that hold one, before its id. On disk: never change it.
    static let settingPrefix = "inventory:"

    var id: String
    var isEnabled: Bool
    var frequency: Frequency
    /// All versions and delete markers, instead of current objects.
    var listsAllVersions: Bool
    /// What keys must begin with.
    var prefix: String?
    /// In AWS's order, whatever order they were asked for in.
    var fields: [InventoryField]
    var destination: Destination

    struct Destination: Sendable, Hashable {
        var bucket: String
        /// The account that the bucket must belong to, by number or canonical id.
        var account: String?
        var prefix: String?
        /// Nil leaves it to the bucket.
        var encryption: Encryption?
    }

    enum Encryption: Sendable, Hashable {
        case s3
        case kms(String)
    }

    static func settingName(_ id: String) -> String { settingPrefix + id }

    /// Whether a text can be an id.
    static func isID(_ text: String) -> Bool {
        (1...idLengthMaximum).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                PercentCoding.isUnreserved(byte) && byte != UInt8(ascii: "~")
            }
    }

    init(_ document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "InventoryConfiguration")
        try root.holdsOnce(
            "Destination", "IsEnabled", "Filter", "Id", "IncludedObjectVersions", "OptionalFields", "Schedule")
        guard let id = root.child("Id")?.trimmedText, let target = root.child("Destination"),
            let isEnabled = root.child("IsEnabled")?.trimmedText, ["true", "false"].contains(isEnabled),
            let frequency = root.child("Schedule")?.child("Frequency").flatMap({ Frequency(rawValue: $0.trimmedText) }),
            let versions = root.child("IncludedObjectVersions")?.trimmedText, ["All", "Current"].contains(versions)
        else { throw S3Error(.malformedXML) }
        guard InventoryConfiguration.isID(id) else {
            throw .invalidArgument("The ID is not valid.", name: "Id", value: id)
        }
        self.id = id
        self.isEnabled = isEnabled == "true"
        self.frequency = frequency
        listsAllVersions = versions == "All"
        if let filter = root.child("Filter") {
            try filter.holdsOnce("Prefix")
            prefix = filter.text("Prefix")
        }
        if prefix?.utf8.count ?? 0 > ObjectKey.maximumLength {
            throw .invalidArgument("The prefix is too long.", name: "Prefix", value: "")
        }
        fields = try InventoryConfiguration.fields(root.child("OptionalFields"))
        destination = try Destination(target)
    }

    private static func fields(_ list: XMLElement?) throws(S3Error) -> [InventoryField] {
        guard let list else { return [] }
        var chosen: Set<InventoryField> = []
        for child in list.children {
            guard child.name == "Field" else { throw S3Error(.malformedXML) }
            if child.trimmedText == "LifecycleExpirationDate" {
                throw S3Error(
                    .notImplemented, "Inventories do not tell LifecycleExpirationDate here.",
                    fields: ["Element": "Field"])
            }
            guard let field = InventoryField(rawValue: child.trimmedText) else { throw S3Error(.malformedXML) }
            chosen.insert(field)
        }
        return InventoryField.allCases.filter(chosen.contains)
    }

    /// The document as it is kept and given back.
    var document: [UInt8] {
        var writer = XMLWriter()
        writer.element("InventoryConfiguration", namespace: XMLWriter.s3Namespace) { write(into: &$0) }
        return writer.bytes
    }

    /// What is inside the element, here and in the list of all.
    func write(into writer: inout XMLWriter) {
        writer.element("Destination") { writer in
            writer.element("S3BucketDestination") { writer in
                if let account = destination.account { writer.leaf("AccountId", account) }
                writer.leaf("Bucket", "arn:aws:s3:::\(destination.bucket)")
                writer.leaf("Format", "CSV")
                if let prefix = destination.prefix { writer.leaf("Prefix", prefix) }
                guard let encryption = destination.encryption else { return }
                writer.element("Encryption") { writer in
                    switch encryption {
                    case .s3: writer.empty("SSE-S3")
                    case .kms(let key): writer.element("SSE-KMS") { $0.leaf("KeyId", key) }
                    }
                }
            }
        }
        writer.leaf("IsEnabled", isEnabled)
        if let prefix { writer.element("Filter") { $0.leaf("Prefix", prefix) } }
        writer.leaf("Id", id)
        writer.leaf("IncludedObjectVersions", listsAllVersions ? "All" : "Current")
        if !fields.isEmpty {
            writer.element("OptionalFields") { writer in
                for field in fields { writer.leaf("Field", field.rawValue) }
            }
        }
        writer.element("Schedule") { $0.leaf("Frequency", frequency.rawValue) }
    }
}

extension InventoryConfiguration.Destination {
    fileprivate init(_ element: XMLElement) throws(S3Error) {
        try element.holdsOnce("S3BucketDestination")
        guard let target = element.child("S3BucketDestination") else { throw S3Error(.malformedXML) }
        try target.holdsOnce("AccountId", "Bucket", "Format", "Prefix", "Encryption")
        guard let arn = target.child("Bucket")?.trimmedText, let format = target.child("Format")?.trimmedText else {
            throw S3Error(.malformedXML)
        }
        switch format {
        case "CSV": break
        case "ORC", "Parquet":
            throw S3Error(
                .notImplemented, "Inventories are written as CSV here, not as \(format).",
                fields: ["Element": "Format"])
        default: throw S3Error(.malformedXML)
        }
        let start = "arn:aws:s3:::"
        guard arn.hasPrefix(start), BucketName.isPlausible(arn.dropFirst(start.count).utf8) else {
            throw .invalidArgument("Invalid bucket ARN.", name: "Bucket", value: arn)
        }
        bucket = String(arn.dropFirst(start.count))
        account = target.child("AccountId")?.trimmedText
        prefix = target.text("Prefix")
        if prefix?.utf8.count ?? 0 > InventoryConfiguration.prefixMaximum {
            throw .invalidArgument("The prefix is too long.", name: "Prefix", value: "")
        }
        guard let sealed = target.child("Encryption") else { return }
        guard sealed.children.count == 1, let scheme = sealed.children.first else { throw S3Error(.malformedXML) }
        switch scheme.name {
        case "SSE-S3": encryption = .s3
        case "SSE-KMS":
            guard let key = scheme.child("KeyId")?.trimmedText else { throw S3Error(.malformedXML) }
            // A name that names none is refused now, not at the first report.
            _ = try EncryptionHeaders.keyName(key)
            encryption = .kms(key)
        default: throw S3Error(.malformedXML)
        }
    }
}
