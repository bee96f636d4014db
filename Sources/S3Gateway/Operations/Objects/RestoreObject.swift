// Why this file exists: an archived object is made readable for some days. Its bytes are on this machine, so it is
// readable as soon as this is answered; the tier, which buys speed on AWS, changes nothing.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
import ObjectCore

struct RestoreObject: S3Operation {
    static let name: StaticString = "RestoreObject"
    static let route = Route(.post, .object, .restore)
    static let permissions: [Action] = ["s3:RestoreObject"]
    static let logName: StaticString = "REST.POST.RESTORE"
    static let documentMaximum: Int? = 64 * 1024

    struct Output {
        var version: ObjectVersion
        var bucket: Bucket
        var wasReadable: Bool
    }

    private static let tiers = ["Standard", "Bulk", "Expedited"]

    let version: VersionID?
    let days: Int

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "RestoreRequest")
        for name in ["SelectParameters", "OutputLocation"] where root.child(name) != nil {
            throw S3Error(
                .notImplemented, "A restore with \(name) is not implemented.", fields: ["Element": name])
        }
        let tier = root.child("GlacierJobParameters")?.child("Tier") ?? root.child("Tier")
        if let tier, !RestoreObject.tiers.contains(tier.trimmedText) { throw S3Error(.malformedXML) }
        guard let text = root.child("Days")?.trimmedText, let days = Int64(text) else { throw S3Error(.malformedXML) }
        guard (1...Int64(ObjectStore.restoreDaysMaximum)).contains(days) else {
            throw .invalidArgument(
                "'Days' must be between 1 and \(ObjectStore.restoreDaysMaximum)", name: "Days", value: text)
        }
        self.days = Int(days)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let key = try context.key()
        let judged = try context.judged(version, in: bucket, facts: RequestConditions.Facts())
        do throws(StoreError) {
            let outcome = try await context.store.restore(
                key, version: version, expecting: judged, in: bucket, days: days,
                calendar: context.service.configuration.lifecycleCalendar, origin: context.origin)
            return Output(version: outcome.version, bucket: bucket, wasReadable: outcome.wasReadable)
        } catch .isDeleteMarker where version != nil {
            throw S3Error(
                .methodNotAllowed, fields: ["Method": context.request.method.rawValue, "ResourceType": "DeleteMarker"],
                headers: ["x-amz-delete-marker": "true", "allow": "DELETE"])
        } catch {
            throw S3Error(error, bucket: bucket.name, key: key)
        }
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        // 202 for a restore, 200 where one is prolonged.
        response.status = output.wasReadable ? 200 : 202
        response.addVersion(output.version, bucket: output.bucket)
    }
}
