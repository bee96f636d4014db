// Why this file exists: which storage classes there are, in the order in which objects may move from one to the next,
// and what it means to be archived: not readable until it is restored.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html

/// What is known of storage classes by their names.
public enum StorageClasses {
    /// The waterfall: transitions go down only.
    private static let waterfall = [
        "STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE",
    ]

    /// Classes that a rule may move objects to.
    public static let transitionTargets = Array(waterfall.dropFirst())

    /// Whether objects of the class must be restored before they are read.
    public static func isArchive(_ name: String) -> Bool { name == "GLACIER" || name == "DEEP_ARCHIVE" }

    /// Whether an object of class `from` may be moved to class `to`.
    public static func allowsTransition(from: String, to: String) -> Bool { rank(from) < rank(to) }

    /// The place in the waterfall. What is not in it (REDUCED_REDUNDANCY) stands at the top.
    static func rank(_ name: String) -> Int { waterfall.firstIndex(of: name) ?? 0 }
}

extension ObjectVersion {
    /// Whether a read needs a restore first.
    public var isArchived: Bool { StorageClasses.isArchive(attributes.storageClass) }

    /// Whether the content may be read at `time`.
    public func isReadable(at time: Timestamp) -> Bool { !isArchived || restoredUntil.map { $0 > time } ?? false }
}

extension ObjectStore {
    /// - Throws: ``StoreError/archived(_:)`` when the version must be restored before it is read.
    func checkReadable(_ version: ObjectVersion) throws(StoreError) {
        // Most are not archived, and then nobody asks for the time.
        guard version.isArchived, !version.isReadable(at: clock.read().now) else { return }
        throw .archived(version.attributes.storageClass)
    }
}
