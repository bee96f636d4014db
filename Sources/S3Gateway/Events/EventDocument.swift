// Why this file exists: an event in the three forms that receivers know. Each is written from the row of the outbox alone,
// so that a repeated delivery has the same bytes.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
// See: https://github.com/cloudevents/spec/blob/main/cloudevents/adapters/aws-s3.md
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
import ObjectCore

/// Writes events.
struct EventDocument {
    var format: EventFormat
    /// What names this store as a host: 32 hexadecimal digits.
    var hostID: String

    /// The body of a delivery and its media type.
    func encode(_ event: ObjectEvent, sequence: Int64, at: Timestamp) -> (body: [UInt8], contentType: String) {
        switch format {
        case .s3:
            let document = event.kind == .test ? test(event, at) : records(event, sequence, at)
            return (document.encoded(), "application/json")
        case .cloudevents:
            return (cloudEvent(event, sequence, at).encoded(), "application/cloudevents+json; charset=utf-8")
        case .eventbridge: return (busEvent(event, sequence, at).encoded(), "application/json")
        }
    }

    /// The same for every delivery of an event, and for no other event of the store.
    func identity(_ event: ObjectEvent, sequence: Int64) -> String {
        "\(hostID)-\(EventDocument.sequencer(sequence))"
    }

    /// Orders the events of a key: compared as text, the later is the greater.
    static func sequencer(_ sequence: Int64) -> String {
        let digits = String(UInt64(bitPattern: sequence), radix: 16, uppercase: true)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func time(_ at: Timestamp) -> String {
        var bytes: [UInt8] = []
        bytes.appendInternetTime(at)
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: S3

    private func test(_ event: ObjectEvent, _ at: Timestamp) -> CanonicalJSON {
        .object([
            ("Service", .text("Amazon S3")), ("Event", .text("s3:TestEvent")), ("Time", .text(EventDocument.time(at))),
            ("Bucket", .text(event.bucketName)), ("RequestId", .text(event.requestID)), ("HostId", .text(hostID)),
        ])
    }

    private func records(_ event: ObjectEvent, _ sequence: Int64, _ at: Timestamp) -> CanonicalJSON {
        .object([("Records", .array([record(event, sequence, at)]))])
    }

    private func record(_ event: ObjectEvent, _ sequence: Int64, _ at: Timestamp) -> CanonicalJSON {
        let bucket: [(String, CanonicalJSON)] = [
            ("name", .text(event.bucketName)),
            ("ownerIdentity", .object([("principalId", .text(event.bucketOwner))])),
            ("arn", .text("arn:aws:s3:::\(event.bucketName)")),
        ]
        // Form-encoded, as AWS writes keys here: a space is a plus.
        let key = PercentCoding.encoded(event.key, keepingSlash: true).replacing("%20", with: "+")
        var object: [(String, CanonicalJSON)] = [
            ("key", .text(key)), ("sequencer", .text(EventDocument.sequencer(sequence))),
        ]
        if event.kind.tellsContent {
            object.append(("size", .integer(event.size)))
            object.append(("eTag", .text(event.etag)))
        }
        if !event.version.isEmpty { object.append(("versionId", .text(event.version))) }
        var members: [(String, CanonicalJSON)] = [
            ("eventVersion", .text(event.kind.recordVersion)), ("eventSource", .text("aws:s3")),
            ("awsRegion", .text(event.region)), ("eventTime", .text(EventDocument.time(at))),
            ("eventName", .text(event.kind.name)),
            ("userIdentity", .object([("principalId", .text(event.requester))])),
            ("requestParameters", .object([("sourceIPAddress", .text(event.source))])),
            (
                "responseElements",
                .object([("x-amz-request-id", .text(event.requestID)), ("x-amz-id-2", .text(hostID))])
            ),
            (
                "s3",
                .object([
                    ("s3SchemaVersion", .text("1.0")), ("configurationId", .text(event.rule)),
                    ("bucket", .object(bucket)), ("object", .object(object)),
                ])
            ),
        ]
        if event.kind == .restoreCompleted, let until = event.restoredUntil {
            let data: [(String, CanonicalJSON)] = [
                ("lifecycleRestorationExpiryTime", .text(EventDocument.time(until))),
                ("lifecycleRestoreStorageClass", .text(event.storageClass)),
            ]
            members.append(("glacierEventData", .object([("restoreEventData", .object(data))])))
        }
        if event.kind == .transition {
            let data: [(String, CanonicalJSON)] = [("destinationStorageClass", .text(event.storageClass))]
            members.append(("lifecycleEventData", .object([("transitionEventData", .object(data))])))
        }
        return .object(members)
    }

    // MARK: CloudEvents

    private func cloudEvent(_ event: ObjectEvent, _ sequence: Int64, _ at: Timestamp) -> CanonicalJSON {
        var members: [(String, CanonicalJSON)] = [
            ("specversion", .text("1.0")), ("id", .text(identity(event, sequence: sequence))),
            ("source", .text("aws:s3.\(event.region).\(event.bucketName)")),
            ("type", .text("com.amazonaws.s3.\(event.kind.name)")), ("time", .text(EventDocument.time(at))),
            ("datacontenttype", .text("application/json")),
        ]
        if !event.key.isEmpty { members.append(("subject", .text(event.keyText))) }
        if !event.run.isEmpty { members.append(("cairnrun", .text(event.run))) }
        members.append(("data", event.kind == .test ? test(event, at) : record(event, sequence, at)))
        return .object(members)
    }

    // MARK: EventBridge

    private func busEvent(_ event: ObjectEvent, _ sequence: Int64, _ at: Timestamp) -> CanonicalJSON {
        var object: [(String, CanonicalJSON)] = [
            ("key", .text(event.keyText)), ("sequencer", .text(EventDocument.sequencer(sequence))),
        ]
        if event.kind.tellsContent {
            object.append(("size", .integer(event.size)))
            object.append(("etag", .text(event.etag)))
        }
        if !event.version.isEmpty { object.append(("version-id", .text(event.version))) }
        var detail: [(String, CanonicalJSON)] = [
            ("version", .text("0")), ("bucket", .object([("name", .text(event.bucketName))])),
            ("object", .object(object)), ("request-id", .text(event.requestID)), ("requester", .text(event.requester)),
        ]
        if event.source == event.remoteAddress { detail.append(("source-ip-address", .text(event.source))) }
        if let reason = event.kind.busReason { detail.append(("reason", .text(reason))) }
        if event.kind == .transition { detail.append(("destination-storage-class", .text(event.storageClass))) }
        if event.kind == .restoreCompleted, let until = event.restoredUntil {
            detail.append(("restore-expiry-time", .text(EventDocument.time(until))))
            detail.append(("source-storage-class", .text(event.storageClass)))
        }
        if let deletion = event.kind.busDeletion { detail.append(("deletion-type", .text(deletion))) }
        return .object([
            ("version", .text("0")), ("id", .text(identity(event, sequence: sequence))),
            ("detail-type", .text(event.kind.busType)), ("source", .text("aws.s3")),
            ("account", .text(event.bucketOwner)), ("time", .text(EventDocument.time(at))),
            ("region", .text(event.region)), ("resources", .array([.text("arn:aws:s3:::\(event.bucketName)")])),
            ("detail", .object(detail)),
        ])
    }
}

extension ObjectEvent {
    /// Who asked: an account, or S3 itself where no request did.
    fileprivate var requester: String {
        account.isEmpty ? requestID.isEmpty ? "s3.amazonaws.com" : "Anonymous" : account
    }

    fileprivate var source: String { remoteAddress.isEmpty ? "s3.amazonaws.com" : remoteAddress }

    /// The key as text; what is no UTF-8 is percent-encoded.
    fileprivate var keyText: String {
        String(validating: key, as: UTF8.self) ?? PercentCoding.encoded(key, keepingSlash: true)
    }
}

extension EventKind {
    /// The version of the record's form: kinds came with later ones.
    fileprivate var recordVersion: String {
        switch self {
        case .createdPut, .createdPost, .createdCopy, .createdComplete, .removedDelete, .removedMarker, .restorePost,
            .restoreCompleted, .reducedRedundancyLost, .test:
            "2.1"
        case .replicationFailed, .replicationMissedThreshold, .replicationAfterThreshold, .replicationNotTracked: "2.2"
        case .expirationDelete, .expirationMarker, .transition, .intelligentTiering, .taggingPut, .taggingDelete,
            .aclPut, .restoreDelete, .annotationPut, .annotationDelete:
            "2.3"
        }
    }

    fileprivate var busType: String {
        switch self {
        case .createdPut, .createdPost, .createdCopy, .createdComplete: "Object Created"
        case .removedDelete, .removedMarker, .expirationDelete, .expirationMarker: "Object Deleted"
        case .taggingPut: "Object Tags Added"
        case .taggingDelete: "Object Tags Deleted"
        case .aclPut: "Object ACL Updated"
        case .restorePost: "Object Restore Initiated"
        case .restoreCompleted: "Object Restore Completed"
        case .restoreDelete: "Object Restore Expired"
        case .transition: "Object Storage Class Changed"
        case .intelligentTiering: "Object Access Tier Changed"
        case .test: "Test Event"
        case .replicationFailed, .replicationMissedThreshold, .replicationAfterThreshold, .replicationNotTracked,
            .reducedRedundancyLost, .annotationPut, .annotationDelete:
            "Object \(name)"
        }
    }

    fileprivate var busReason: String? {
        switch self {
        case .createdPut: "PutObject"
        case .createdPost: "POST Object"
        case .createdCopy: "CopyObject"
        case .createdComplete: "CompleteMultipartUpload"
        case .removedDelete, .removedMarker: "DeleteObject"
        case .expirationDelete, .expirationMarker: "Lifecycle Expiration"
        default: nil
        }
    }

    fileprivate var busDeletion: String? {
        switch self {
        case .removedDelete, .expirationDelete: "Permanently Deleted"
        case .removedMarker, .expirationMarker: "Delete Marker Created"
        default: nil
        }
    }
}
