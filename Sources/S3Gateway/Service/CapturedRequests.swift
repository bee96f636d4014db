// Why this file exists: where S3 meets lineage. Who signed becomes a run, and operations note here what the run reads;
// what it writes is noted by the journal, through the origin of the change.
import Lineage
import ObjectCore

extension OperationContext {
    /// The run that the request belongs to; nil when lineage is off. Who signs with an ordinary key, or not at all, has
    /// an implicit one, so that nothing is dropped.
    var run: ActiveRun? {
        service.lineage.map { recorder in
            let identity = request.principal.identity
            return recorder.run(of: identity?.accessKey ?? "", at: now) {
                RunFacts(identity, remoteAddress: request.remoteAddress, userAgent: request.header("user-agent"))
            }
        }
    }

    /// Notes that bytes of a version are about to be sent, from `offset` on; what went out is added when it is known.
    func noteRead(_ version: ObjectVersion, from offset: Int64) {
        guard let run else { return }
        notes?.read = run.beginRead(of: version.index, from: offset, at: now)
    }

    /// Notes that a version was looked at without its bytes.
    func noteExamined(_ version: ObjectVersion) { run?.noteExamined(version.index, at: now) }

    /// Notes that names of a bucket were listed.
    func noteListed(_ prefix: [UInt8], in bucket: Bucket) {
        run?.noteListed(
            ListedPrefix(bucketUUID: BucketUUID(bucket.uuid), bucket: bucket.name, prefix: prefix), at: now)
    }
}
