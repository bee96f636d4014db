// Why this file exists: what a start prints. Scripts read it, so its form is fixed: on the start that made the first
// key, lines `export NAME=value` on standard output and nothing else there; the summary for people goes to standard
// error. Invariant: a secret is in the greeting of the start that made it and in no other.
import ObjectCore
import S3Gateway

/// The first words of a server.
struct Greeting {
    var data: String
    var endpoints: [BoundAddress]
    var adminEndpoint: BoundAddress?
    var isSecure: Bool
    var region: String
    /// Set when this start made it.
    var newKey: AccessKey?
    var accessLogPath: String?
    var masterKeyPath: String?
    var collectionIntervalSeconds: Int64?

    /// The address that clients on this machine use.
    var endpointURL: String {
        let scheme = isSecure ? "https" : "http"
        return endpoints.first.map { "\(scheme)://\(Greeting.clientAddress($0))" } ?? ""
    }

    /// Lines for a shell, or nil when no key was made.
    var exports: [String]? {
        guard let newKey else { return nil }
        return [
            "export AWS_ACCESS_KEY_ID=\(newKey.id)",
            "export AWS_SECRET_ACCESS_KEY=\(newKey.secret)",
            "export AWS_ENDPOINT_URL=\(endpointURL)",
            "export AWS_DEFAULT_REGION=\(region)",
        ]
    }

    /// A screen for people.
    var summary: String {
        var lines = ["", "Cairn \(Cairn.version) serves \(data)", ""]
        for endpoint in endpoints {
            lines.append("  S3          \(isSecure ? "https" : "http")://\(Greeting.clientAddress(endpoint))")
        }
        if let adminEndpoint {
            lines.append("  metrics     http://\(Greeting.clientAddress(adminEndpoint))/metrics")
            lines.append("  health      http://\(Greeting.clientAddress(adminEndpoint))/health")
        }
        if let accessLogPath {
            lines.append("  access log  \(accessLogPath == "-" ? "standard output" : accessLogPath)")
        }
        if let masterKeyPath {
            lines.append("  master key  \(masterKeyPath) (back it up: nothing else opens what is encrypted)")
        }
        lines.append("  region      \(region)")
        lines.append(
            "  garbage     \(collectionIntervalSeconds.map { "every \($0 / 60) min" } ?? "on `cairn gc` only")")
        lines.append("")
        if newKey != nil {
            lines.append("The lines above are the first key. Its secret is not shown again:")
            lines.append("paste them into the shell that runs your client, then try")
            lines.append("")
            lines.append("  aws s3 mb s3://first && aws s3 ls")
        } else {
            lines.append("Keys: `cairn key list \(data)`; a new one: `cairn key create \(data)`.")
        }
        lines.append("")
        lines.append("Stop with Ctrl-C or SIGTERM. SIGHUP reopens logs and reads certificates again.")
        lines.append("")
        return lines.joined(separator: "\n")
    }

    /// The one line of `serve --json`.
    struct Document: Encodable {
        var event = "ready"
        var data: String
        var endpoints: [String]
        var admin: String?
        var region: String
        /// Only on the start that made the first key.
        var accessKeyID: String?
        var secretAccessKey: String?
    }

    var document: Document {
        Document(
            data: data, endpoints: endpoints.map { "\(isSecure ? "https" : "http")://\(Greeting.clientAddress($0))" },
            admin: adminEndpoint.map { "http://\(Greeting.clientAddress($0))" }, region: region,
            accessKeyID: newKey?.id, secretAccessKey: newKey?.secret)
    }

    /// `HOST:PORT` to connect to: who listens everywhere is reached on the loopback address.
    static func clientAddress(_ address: BoundAddress) -> String {
        switch address {
        case .tcp(let host, let port):
            switch host {
            case "0.0.0.0": "127.0.0.1:\(port)"
            case "::": "[::1]:\(port)"
            default: host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            }
        case .unix(let path): path
        }
    }
}
