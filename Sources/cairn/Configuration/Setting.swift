// Why this file exists: every setting of `cairn serve` once, with its default and its consequence. The option, the
// line of the configuration file, the environment variable, help and `cairn config` are all made from this table.
import ObjectCore

/// A setting of the server.
struct Setting: Sendable {
    /// The option is `--name`, the line in the file `name = …`, the variable `CAIRN_NAME` with `_` for `-`.
    var name: String
    var placeholder: String
    var help: String
    /// Empty when the setting is off unless given.
    var defaults: [String]
    var isRepeatable = false
    /// Secrets come from the environment only: options show in `ps`, files are copied about.
    var isSecret = false
    /// The default, where it depends on whose process it is.
    var environmentDefault: @Sendable ([String: String]) -> String?
    /// One sentence that says what is wrong with a value, or nil.
    var problem: @Sendable (String) -> String?

    /// The name of the environment variable.
    var variable: String { "CAIRN_" + name.uppercased().replacing("-", with: "_") }

    var option: OptionSpecification {
        OptionSpecification(name, placeholder, help, isRepeatable: isRepeatable)
    }

    private init(
        _ name: String, _ placeholder: String, _ help: String, default value: String? = nil,
        isRepeatable: Bool = false, isSecret: Bool = false,
        environmentDefault: @escaping @Sendable ([String: String]) -> String? = { _ in nil },
        problem: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.name = name
        self.placeholder = placeholder
        self.help = help
        defaults = value.map { [$0] } ?? []
        self.isRepeatable = isRepeatable
        self.isSecret = isSecret
        self.environmentDefault = environmentDefault
        self.problem = problem
    }

    /// All settings, in the order of help.
    static let all: [Setting] = [
        Setting(
            "listen", "HOST:PORT", "serve S3 here; port 0 takes a free one (default 127.0.0.1:9000)",
            default: "127.0.0.1:9000", isRepeatable: true, problem: SettingValue.addressProblem),
        Setting(
            "admin", "HOST:PORT", "serve /metrics and /health here (default: off)",
            problem: SettingValue.addressProblem),
        Setting(
            "region", "NAME", "the only region (default: us-east-1, and clients may sign for any)",
            default: "us-east-1", problem: SettingValue.nameProblem),
        Setting(
            "domain", "NAME", "also take BUCKET.NAME as address of a bucket", isRepeatable: true,
            problem: SettingValue.nameProblem),
        Setting(
            "website-domain", "NAME|off", "serve websites at BUCKET.NAME (default s3-website.localhost)",
            default: "s3-website.localhost", isRepeatable: true, problem: SettingValue.nameProblem),
        Setting(
            "object-ownership", "BucketOwnerEnforced|ObjectWriter",
            "whose objects in new buckets are; the latter turns ACLs on (default BucketOwnerEnforced)",
            default: "BucketOwnerEnforced",
            problem: {
                ["BucketOwnerEnforced", "ObjectWriter"].contains($0)
                    ? nil : "is neither BucketOwnerEnforced nor ObjectWriter"
            }),
        Setting("tls-cert", "FILE", "certificate chain in PEM form; makes every --listen https"),
        Setting("tls-key", "FILE", "its private key in PEM form"),
        Setting("access-log", "FILE|-", "one line for each request (default: off)"),
        Setting(
            "access-log-format", "s3|json", "form of these lines (default s3)", default: "s3",
            problem: { ["s3", "json"].contains($0) ? nil : "is neither s3 nor json" }),
        Setting(
            "bucket-log-interval", "TIME", "deliver access logs of buckets this often (default 60s)", default: "60s",
            problem: SettingValue.durationProblem),
        Setting(
            "gc-interval", "TIME", "collect garbage this often, or off (default 1h)", default: "1h",
            problem: SettingValue.intervalProblem),
        Setting(
            "lifecycle-interval", "TIME", "carry out lifecycle rules this often, or off (default 1h)", default: "1h",
            problem: SettingValue.intervalProblem),
        Setting(
            "archive-directory", "DIR", "keep archived objects in this directory, which must exist (default: in DATA)"),
        Setting(
            "lifecycle-day-seconds", "N", "for tests: a day of lifecycle rules lasts N seconds (default: a day)",
            problem: { SettingValue.numberProblem($0, 1...86_400) }),
        Setting(
            "lineage", "on|off", "record what runs read and write, and keep the graph (default on)", default: "on",
            problem: { ["on", "off"].contains($0) ? nil : "is neither on nor off" }),
        Setting(
            "lineage-idle-gap", "TIME", "a pause of a key that ends its implicit run (default 5m)", default: "5m",
            problem: SettingValue.durationProblem),
        Setting(
            "journal-retention", "TIME", "keep journal entries so long, or off (default 10y)",
            default: "10y", problem: SettingValue.retentionProblem),
        Setting(
            "digest-rate", "MIB",
            "MiB a second to read for late digests (default 64)",
            default: String(DigestOptions.bytesPerSecondDefault >> 20),
            problem: { SettingValue.numberProblem($0, 0...65_536) }),
        Setting(
            "shutdown-grace", "TIME", "let requests in flight end on SIGTERM (default 30s)", default: "30s",
            problem: SettingValue.durationProblem),
        Setting(
            "upload-memory", "MIB", "MiB for the unfinished chunks of all uploads (default 16)", default: "16",
            problem: { SettingValue.numberProblem($0, 1...1_048_576) }),
        Setting(
            "max-connections", "N", "more wait in the kernel's queue (default 20000)", default: "20000",
            problem: { SettingValue.numberProblem($0, 1...1_000_000) }),
        Setting(
            "loops", "N", "event loops; 0 is one for each processor (default 0)", default: "0",
            problem: { SettingValue.numberProblem($0, 0...256) }),
        Setting(
            "webhook", "NAME=URL", "send events to this address under this name", isRepeatable: true,
            problem: WebhookLoader.addressProblem),
        Setting(
            "webhook-format", "NAME=FORM", "s3, cloudevents or eventbridge (default s3)", isRepeatable: true,
            problem: WebhookLoader.formatProblem),
        Setting(
            "webhook-secret-file", "NAME=FILE", "sign what is sent with the secret in this file", isRepeatable: true,
            problem: WebhookLoader.pairProblem),
        Setting(
            "replication-target", "NAME=URL", "let buckets be copied to this S3 endpoint", isRepeatable: true,
            problem: ReplicationLoader.addressProblem),
        Setting(
            "replication-region", "NAME=REGION", "the region to sign for there (default us-east-1)",
            isRepeatable: true, problem: WebhookLoader.pairProblem),
        Setting(
            "replication-key-file", "NAME=FILE", "access key and secret for it, in two words", isRepeatable: true,
            problem: WebhookLoader.pairProblem),
        Setting("ca-file", "FILE", "certificates (PEM) of receivers, targets and providers, too"),
        Setting(
            "event-retention", "TIME", "give up events that could not be delivered for so long (default 3d)",
            default: "3d", problem: SettingValue.durationProblem),
        Setting(
            "master-key-file", "FILE", "key of SSE-S3 and of the keyring, or off (default: made in ~/.config/cairn)",
            environmentDefault: MasterKeyPlace.path),
        Setting("keyring", "FILE", "keys of SSE-KMS (default: MASTER-KEY-FILE.keyring)"),
        Setting(
            "allow-sse-c-over-http", "yes|no", "take SSE-C over plain http too (default no)", default: "no",
            problem: SettingValue.choiceProblem),
        Setting(
            "replication-key", "NAME=ID:SECRET", "the key itself", isRepeatable: true, isSecret: true,
            problem: WebhookLoader.pairProblem),
        Setting(
            "webhook-secret", "NAME=SECRET", "the secret itself", isRepeatable: true, isSecret: true,
            problem: WebhookLoader.pairProblem),
        Setting("master-key", "KEY", "the master key itself", isSecret: true),
        Setting("access-key-id", "ID", "id of the first key", isSecret: true, problem: SettingValue.keyProblem),
        Setting("secret-access-key", "SECRET", "secret of the first key", isSecret: true),
    ]

    static func named(_ name: String) -> Setting? { all.first { $0.name == name } }

    /// What `serve` and `config` take as options.
    static let options: [OptionSpecification] =
        all.filter { !$0.isSecret }.map(\.option) + [OptionSpecification("config", "FILE", "read settings from here")]
}
