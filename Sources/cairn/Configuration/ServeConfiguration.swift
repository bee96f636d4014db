// Why this file exists: the settings as values that the rooms take, and the rules between settings.
private import FoundationEssentials
import Lineage
import ObjectCore
import S3Gateway

/// What `cairn serve` was told.
struct ServeConfiguration: Sendable {
    var listen: [ListenAddress]
    var admin: ListenAddress?
    var region: String
    /// Whether the operator chose the region. If not, every region that clients sign for is the right one.
    var isRegionChosen: Bool
    var domains: [String]
    /// Names under which buckets are served as websites.
    var websiteDomains: [String]
    /// Paths of the certificate chain and its key.
    var tls: (certificate: String, key: String)?
    var accessLog: (path: String, format: AccessLogFormat)?
    /// Seconds between two collections; nil for never.
    var collectionIntervalSeconds: Int64?
    /// Seconds between two passes of the lifecycle rules; nil for never.
    var lifecycleIntervalSeconds: Int64?
    /// How long a day of lifecycle rules is.
    var lifecycleCalendar: LifecycleCalendar
    /// Where what is archived lies, an absolute path; nil for where it did before.
    var archiveDirectory: String?
    /// How what runs read is captured; nil for no lineage.
    var capture: CaptureOptions?
    /// How long the bytes of journal entries are kept; nil for ever.
    var journalRetentionSeconds: Int64?
    /// How digests are computed that commits leave open; nil for not in the background.
    var digests: DigestOptions?
    var shutdownGraceSeconds: Int64
    var connectionsMax: Int
    var loops: Int
    /// What unfinished chunks of uploads may hold in memory, in MiB.
    var uploadMemoryMebibytes: Int
    /// The first key, when the operator chose it.
    var firstKey: (id: String, secret: String)?
    /// The keys that objects are encrypted with.
    var keyring: Keyring
    /// Where the master key lies; nil without one, or when the environment holds it.
    var masterKeyPath: String?
    var takesCustomerKeysOverHTTP: Bool
    /// Who owns objects in new buckets.
    var objectOwnership: ObjectOwnership
    /// Where events go.
    var webhooks: [WebhookDestination]
    var eventRetentionSeconds: Int64
    /// A PEM file of authorities that receivers and targets are believed by, beside the system's.
    var authorities: String?
    /// Where copies of objects go.
    var replicationTargets: [ReplicationTarget]
    /// How long lines of access logs wait before they become an object of their target bucket.
    var bucketLogIntervalSeconds: Int64

    init(_ settings: ResolvedSettings) throws(CommandFailure) {
        listen = settings["listen"].values.compactMap(ServeConfiguration.address)
        admin = settings.text("admin").flatMap(ServeConfiguration.address)
        region = settings.text("region") ?? ""
        isRegionChosen = settings["region"].origin != .byDefault
        domains = settings["domain"].values
        websiteDomains = settings["website-domain"].values.filter { $0 != "off" }
        let ofWebsites = Set(websiteDomains.map { $0.lowercased() })
        for name in domains where ofWebsites.contains(name.lowercased()) {
            throw CommandFailure(
                .configuration, "\(name) is a domain of S3 and of websites",
                advice: "give websites another, such as s3-website.\(name)")
        }
        switch (settings.text("tls-cert"), settings.text("tls-key")) {
        case (nil, nil): tls = nil
        case (let certificate?, let key?): tls = (certificate, key)
        case (_?, nil): throw CommandFailure(.configuration, "tls-cert needs tls-key", advice: "give both or neither")
        case (nil, _?): throw CommandFailure(.configuration, "tls-key needs tls-cert", advice: "give both or neither")
        }
        accessLog = settings.text("access-log").map { path in
            (path, settings.text("access-log-format").flatMap { AccessLogFormat(rawValue: $0) } ?? .s3)
        }
        collectionIntervalSeconds = settings.text("gc-interval").flatMap(SettingValue.seconds)
        lifecycleIntervalSeconds = settings.text("lifecycle-interval").flatMap(SettingValue.seconds)
        lifecycleCalendar = .utc
        if let day = settings.text("lifecycle-day-seconds").flatMap({ SettingValue.decimal($0) }).map(Int64.init) {
            lifecycleCalendar = LifecycleCalendar(secondsPerDay: day)
            // Ten looks a day, so that what is due goes soon after.
            lifecycleIntervalSeconds = lifecycleIntervalSeconds.map { min($0, max(day / 10, 1)) }
        }
        archiveDirectory = settings.text("archive-directory").map {
            $0.hasPrefix("/") ? $0 : FileManager.default.currentDirectoryPath + "/" + $0
        }
        journalRetentionSeconds = settings.text("journal-retention").flatMap(SettingValue.retentionSeconds)
        if settings.text("lineage") != "off" {
            var options = CaptureOptions()
            if let gap = settings.text("lineage-idle-gap").flatMap(SettingValue.seconds) {
                options.idleGapSeconds = gap
            }
            capture = options
        }
        if let rate = settings.text("digest-rate").flatMap({ SettingValue.decimal($0) }), rate > 0 {
            var options = DigestOptions()
            options.bytesPerSecond = Int64(rate) << 20
            digests = options
        }
        shutdownGraceSeconds = settings.text("shutdown-grace").flatMap(SettingValue.seconds) ?? 0
        connectionsMax = settings.text("max-connections").flatMap { SettingValue.decimal($0) } ?? 1
        loops = settings.text("loops").flatMap { SettingValue.decimal($0) } ?? 0
        uploadMemoryMebibytes = settings.text("upload-memory").flatMap { SettingValue.decimal($0) } ?? 16
        keyring = try KeyringLoader.load(settings)
        masterKeyPath = KeyringLoader.masterKeyFile(settings)
        takesCustomerKeysOverHTTP = settings.text("allow-sse-c-over-http") == "yes"
        // Buckets as AWS made them before April 2023: writers own, and there are no ownership controls to be told.
        objectOwnership = settings.text("object-ownership") == "ObjectWriter" ? .none : .bucketOwnerEnforced
        webhooks = try WebhookLoader.load(settings)
        replicationTargets = try ReplicationLoader.load(settings)
        bucketLogIntervalSeconds = settings.text("bucket-log-interval").flatMap(SettingValue.seconds) ?? 60
        authorities = settings.text("ca-file")
        eventRetentionSeconds = settings.text("event-retention").flatMap(SettingValue.seconds) ?? 0
        switch (settings.text("access-key-id"), settings.text("secret-access-key")) {
        case (nil, nil): firstKey = nil
        case (let id?, let secret?): firstKey = (id, secret)
        default:
            throw CommandFailure(
                .configuration, "CAIRN_ACCESS_KEY_ID and CAIRN_SECRET_ACCESS_KEY belong together",
                advice: "set both or neither")
        }
    }

    private static func address(_ text: String) -> ListenAddress? {
        SettingValue.address(text).map { .tcp(host: $0.host, port: $0.port) }
    }
}
