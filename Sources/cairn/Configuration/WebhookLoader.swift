// Why this file exists: webhooks are given in several settings, joined by their names, so that an address can stand on a
// command line and its secret cannot. A name that no address has is an error: somebody misspelt it.
private import FoundationEssentials
import S3Gateway

/// Reads the webhooks that the settings name.
enum WebhookLoader {
    private static let secretBytesMax = 4096

    static func load(_ settings: ResolvedSettings) throws(CommandFailure) -> [WebhookDestination] {
        var webhooks: [WebhookDestination] = []
        for value in settings["webhook"].values {
            guard let (name, text) = pair(value), let url = EndpointURL(text) else { continue }
            guard !webhooks.contains(where: { $0.name == name }) else {
                throw CommandFailure(
                    .configuration, "there are two webhooks \(name)", advice: "give each a name of its own")
            }
            webhooks.append(WebhookDestination(name: name, url: url))
        }
        guard webhooks.count <= EventDispatcher.destinationsMaximum else {
            throw CommandFailure(
                .configuration, "there are more than \(EventDispatcher.destinationsMaximum) webhooks",
                advice: "let one of them fan out")
        }
        for value in settings["webhook-format"].values {
            guard let (name, text) = pair(value), let format = EventFormat(rawValue: text) else { continue }
            webhooks[try index(of: name, in: webhooks, setting: "webhook-format")].format = format
        }
        for value in settings["webhook-secret-file"].values {
            guard let (name, path) = pair(value) else { continue }
            let place = try index(of: name, in: webhooks, setting: "webhook-secret-file")
            webhooks[place].secret = Secret(try read(path))
        }
        for value in settings["webhook-secret"].values {
            guard let (name, secret) = pair(value) else { continue }
            webhooks[try index(of: name, in: webhooks, setting: "CAIRN_WEBHOOK_SECRET")].secret = Secret(secret)
        }
        return webhooks
    }

    private static func index(
        of name: String, in webhooks: [WebhookDestination], setting: String
    ) throws(CommandFailure) -> Int {
        guard let index = webhooks.firstIndex(where: { $0.name == name }) else {
            throw CommandFailure(
                .configuration, "\(setting) names the webhook \(name), and there is none",
                advice: "give its address with webhook = \(name)=URL")
        }
        return index
    }

    private static func read(_ path: String) throws(CommandFailure) -> String {
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= secretBytesMax,
            let text = String(data: data, encoding: .utf8)?.split(whereSeparator: \.isWhitespace).first
        else {
            throw CommandFailure(
                .configuration, "the secret file \(path) holds no secret",
                advice: "make one with: openssl rand -hex 32 > \(path) && chmod 600 \(path)")
        }
        return String(text)
    }

    // MARK: Values

    /// `NAME=REST`; names are those that an ARN can end with.
    static func pair(_ text: String) -> (name: String, rest: String)? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let name = text[..<equals]
        let rest = text[text.index(after: equals)...]
        let isName =
            !name.isEmpty && name.utf8.count <= WebhookDestination.nameLengthMaximum
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
        return isName && !rest.isEmpty ? (String(name), String(rest)) : nil
    }

    @Sendable static func pairProblem(_ text: String) -> String? {
        pair(text) == nil ? "is not of the form NAME=VALUE" : nil
    }

    @Sendable static func addressProblem(_ text: String) -> String? {
        guard let (_, url) = pair(text) else { return "is not of the form NAME=URL" }
        return EndpointURL(url) == nil ? "has no http or https address without user name and fragment" : nil
    }

    @Sendable static func formatProblem(_ text: String) -> String? {
        guard let (_, format) = pair(text) else { return "is not of the form NAME=FORM" }
        let known = EventFormat.allCases.map(\.rawValue)
        return known.contains(format) ? nil : "names none of the forms \(known.joined(separator: ", "))"
    }
}
