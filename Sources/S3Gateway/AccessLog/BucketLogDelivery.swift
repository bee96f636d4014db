// Why this file exists: access logs as S3 keeps them: lines are gathered for each logged bucket and become objects of its
// target bucket, about each minute. As on AWS this is best effort: a crash loses what was not delivered, and a target
// that is gone loses what was meant for it. Both are counted or told.
// Invariants: taking a line never blocks and never grows memory beyond `bytesMaximum`; a line is in one object at most;
// objects go to a bucket of the same account only, whatever bucket has the target's name by then.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
public import ObjectCore
private import Synchronization

/// Delivers access logs into buckets.
public final class BucketLogDelivery: AccessLogSink {
    /// Lines that wait, in bytes, for all buckets together.
    static let bytesMaximum = 64 << 20
    /// A bucket whose lines reach so many bytes is delivered at the next look, however young they are.
    static let objectBytes = 4 << 20

    /// Lines that belong into one object.
    private struct Heap: Hashable {
        var source: Bucket
        var configuration: LoggingConfiguration
        /// Days since 1970, where objects are sorted by the day of what they tell; else 0.
        var day: Int64
    }

    private struct Lines {
        var bytes: [UInt8] = []
        var count: UInt64 = 0
        var since: Int64
    }

    private struct State {
        var heaps: [Heap: Lines] = [:]
        var bytes = 0
    }

    private let store: ObjectStore
    private let keyring: Keyring
    private let interval: Int64
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let decoded = DecodedSettings<LoggingConfiguration?>()
    private let deliveredCount = Atomic<UInt64>(0)
    private let droppedCount = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - store: whose buckets are logged, and take the logs.
    ///   - keyring: for targets that encrypt.
    ///   - intervalSeconds: how long the first line of an object waits.
    ///   - log: told when a delivery fails.
    public init(
        store: ObjectStore, keyring: Keyring, intervalSeconds: Int64, log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.keyring = keyring
        interval = intervalSeconds * 1_000_000_000
        self.log = log
    }

    /// Lines that were delivered since the start.
    public var delivered: UInt64 { deliveredCount.load(ordering: .relaxed) }
    /// Lines that found no room or no target since the start.
    public var dropped: UInt64 { droppedCount.load(ordering: .relaxed) }

    public func wants(bucket: String?) -> Bool { configuration(of: bucket) != nil }

    /// Takes a line. Never blocks; a line that finds no room is dropped and counted.
    public func record(_ record: AccessLogRecord) {
        guard let (bucket, configuration) = configuration(of: record.bucket) else { return }
        var line: [UInt8] = []
        S3LogFormat.append(record, to: &line)
        var heap = Heap(source: bucket, configuration: configuration, day: 0)
        if configuration.keyFormat == .partitioned(byEventTime: true) { heap.day = record.time.seconds / 86_400 }
        let now = MonotonicClock.now()
        let isTaken = state.withLock { state in
            guard state.bytes + line.count <= BucketLogDelivery.bytesMaximum else { return false }
            state.bytes += line.count
            state.heaps[heap, default: Lines(since: now)].bytes += line
            state.heaps[heap]?.count += 1
            return true
        }
        if !isTaken { droppedCount.wrappingAdd(1, ordering: .relaxed) }
    }

    private func configuration(of bucket: String?) -> (Bucket, LoggingConfiguration)? {
        guard let bucket, let found = try? store.bucket(bucket),
            let document = store.bucketSetting(BucketSettingName.logging.rawValue, of: found)
        else { return nil }
        let value = try? decoded.value(of: found.id, from: document) { bytes throws(S3Error) in
            try LoggingConfiguration.read(bytes)
        }
        return value.flatMap { $0 }.map { (found, $0) }
    }

    /// Writes the objects that are due.
    /// - Parameter all: whatever waits, when the server ends.
    public func deliver(all: Bool = false) async {
        let now = MonotonicClock.now()
        let due = state.withLock { state -> [Heap: Lines] in
            let due = state.heaps.filter { _, lines in
                all || now - lines.since >= interval || lines.bytes.count >= BucketLogDelivery.objectBytes
            }
            for (heap, lines) in due {
                state.heaps[heap] = nil
                state.bytes -= lines.bytes.count
            }
            return due
        }
        for (heap, lines) in due {
            do throws(StoreError) {
                try await write(lines.bytes, of: heap)
                deliveredCount.wrappingAdd(lines.count, ordering: .relaxed)
            } catch {
                droppedCount.wrappingAdd(lines.count, ordering: .relaxed)
                log("access log of \(heap.source.name): \(lines.count) lines are lost: \(error)")
            }
        }
    }

    private func write(_ bytes: [UInt8], of heap: Heap) async throws(StoreError) {
        let target = try store.bucket(heap.configuration.targetBucket)
        guard target.owner == heap.source.owner else { throw .noSuchBucket(target.name) }
        var generator = SystemRandomNumberGenerator()
        let unique = Hex.encode((0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }).uppercased()
        let name = BucketLogDelivery.name(
            of: heap.configuration, source: heap.source, day: heap.day, at: store.clockReading.now, unique: unique)
        let writer = store.stage(
            digests: [PutObject.defaultChecksum], expectedLength: Int64(bytes.count),
            key: try keyring.dataKey(forWritesOfItsOwn: target, in: store))
        try await writer.write(bytes)
        let content = try await writer.finish()
        var attributes = ObjectAttributes()
        attributes.owner = target.owner
        attributes.headers[.contentType] = "text/plain"
        if let checksum = ContentIntake.checksum(PutObject.defaultChecksum, of: content) {
            attributes.checksums = [checksum]
        }
        if !heap.configuration.grants.isEmpty {
            attributes.grants = [AccessGrant(.account(target.owner), .fullControl)] + heap.configuration.grants
        }
        _ = try await store.put(content, as: try ObjectKey(name), in: target, attributes: attributes)
    }

    /// The key of a log object.
    /// - Parameters:
    ///   - day: days since 1970 of what the object tells, where that counts.
    ///   - at: when it is delivered.
    ///   - unique: keeps names apart that are made in one second.
    static func name(
        of configuration: LoggingConfiguration, source: Bucket, day: Int64, at: Timestamp, unique: String
    ) -> String {
        var time = CalendarTime(secondsSince1970: at.seconds)
        var bytes = Array(configuration.targetPrefix.utf8)
        if case .partitioned(let byEventTime) = configuration.keyFormat {
            // Hours, minutes and seconds say nothing of when something happened, and are zero then, as on AWS.
            if byEventTime { time = CalendarTime(secondsSince1970: day * 86_400) }
            bytes += Array("\(source.owner)/\(source.region)/\(source.name)/".utf8)
            time.appendDate(separator: UInt8(ascii: "/"), to: &bytes)
            bytes.append(UInt8(ascii: "/"))
        }
        time.appendDate(separator: UInt8(ascii: "-"), to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        time.appendClock(separator: UInt8(ascii: "-"), to: &bytes)
        bytes += Array("-\(unique)".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Several access logs as one.
public struct AccessLogFan: AccessLogSink {
    private let sinks: [any AccessLogSink]

    public init(_ sinks: [any AccessLogSink]) { self.sinks = sinks }

    public func wants(bucket: String?) -> Bool { sinks.contains { $0.wants(bucket: bucket) } }

    public func record(_ record: AccessLogRecord) {
        for sink in sinks where sink.wants(bucket: record.bucket) { sink.record(record) }
    }
}
