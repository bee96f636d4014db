// Why this file exists: what the access log wants to know is learnt in different rooms (the operation, the size of
// the object, the version). It is noted here on the way, and only when somebody listens.
import Lineage
import ObjectCore

/// Notes about one exchange. Belongs to the task that answers it, and is read after that task has answered.
public final class ExchangeNotes {
    var operation: StaticString = "Unknown"
    /// The action of another protocol, such as `iam:CreateUser`; nil for an operation of S3.
    var action: String?
    var logName: StaticString = "-"
    var bucketOwner: String?
    var objectSize: Int64?
    var versionID: String?
    var errorCode: String?
    var request: VerifiedRequest?
    /// The read that the answer's body is.
    var read: ReadTicket?
}
