// Why this file exists: endpoints that buckets are copied to are given in several settings, joined by their names, so that
// an address can stand on a command line and its key cannot. An endpoint without a key is an error.
private import FoundationEssentials
import S3Gateway

/// Reads the replication targets that the settings name.
enum ReplicationLoader {
    private static let keyBytesMax = 4096

    static func load(_ settings: ResolvedSettings) throws(CommandFailure) -> [ReplicationTarget] {
        var regions = try pairs("replication-region", settings)
        var keys: [String: (id: String, secret: String)] = [:]
        for (name, path) in try pairs("replication-key-file", settings) { keys[name] = try read(path) }
        for (name, text) in try pairs("replication-key", settings) {
            guard let colon = text.firstIndex(of: ":") else {
                throw CommandFailure(
                    .configuration, "CAIRN_REPLICATION_KEY is not of the form NAME=ID:SECRET",
                    advice: "or give the key in a file with replication-key-file")
            }
            keys[name] = (String(text[..<colon]), String(text[text.index(after: colon)...]))
        }
        var targets: [ReplicationTarget] = []
        for value in settings["replication-target"].values {
            guard let (name, text) = WebhookLoader.pair(value), let url = EndpointURL(text) else { continue }
            guard !targets.contains(where: { $0.name == name }), targets.count < EventDispatcher.destinationsMaximum
            else {
                throw CommandFailure(
                    .configuration, "the replication target \(name) is one too many",
                    advice: "names differ, and there are at most \(EventDispatcher.destinationsMaximum)")
            }
            guard let key = keys.removeValue(forKey: name) else {
                throw CommandFailure(
                    .configuration, "the replication target \(name) has no key",
                    advice: "give one with replication-key-file = \(name)=FILE")
            }
            targets.append(
                ReplicationTarget(
                    name: name, url: url,
                    signer: RequestSigner(
                        accessKey: key.id, secret: Secret(key.secret),
                        region: regions.removeValue(forKey: name) ?? "us-east-1")))
        }
        if let stray = (Array(keys.keys) + Array(regions.keys)).min() {
            throw CommandFailure(
                .configuration, "a key or region is for the replication target \(stray), and there is none",
                advice: "give its address with replication-target = \(stray)=URL")
        }
        return targets
    }

    private static func pairs(_ setting: String, _ settings: ResolvedSettings) throws(CommandFailure) -> [String:
        String]
    {
        var found: [String: String] = [:]
        for value in settings[setting].values {
            guard let (name, rest) = WebhookLoader.pair(value) else { continue }
            guard found.updateValue(rest, forKey: name) == nil else {
                throw CommandFailure(
                    .configuration, "\(setting) names \(name) twice", advice: "leave one of them out")
            }
        }
        return found
    }

    private static func read(_ path: String) throws(CommandFailure) -> (id: String, secret: String) {
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= keyBytesMax,
            let words = String(data: data, encoding: .utf8)?.split(whereSeparator: \.isWhitespace), words.count == 2
        else {
            throw CommandFailure(
                .configuration, "the key file \(path) does not hold an access key and its secret",
                advice: "write both into it, with a space or a line feed between them")
        }
        return (String(words[0]), String(words[1]))
    }

    @Sendable static func addressProblem(_ text: String) -> String? {
        guard let (_, url) = WebhookLoader.pair(text) else { return "is not of the form NAME=URL" }
        guard let endpoint = EndpointURL(url), endpoint.target == "/" else {
            return "has no http or https address without user name, path and fragment"
        }
        return nil
    }
}
