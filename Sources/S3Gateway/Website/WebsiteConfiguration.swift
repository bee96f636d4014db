// Why this file exists: how a bucket is served as a website, as a pure value: read from its document, checked as AWS
// checks it, and written as it is kept and given back.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
import ObjectCore

/// A website.
struct WebsiteConfiguration: Sendable, Equatable {
    /// All requests are sent elsewhere, or pages are served.
    enum Content: Sendable, Equatable {
        case redirect(WebsiteTarget)
        case pages(WebsitePages)
    }

    /// As AWS limits the document, in bytes.
    static let lengthMaximum = 128 * 1024
    static let rulesMaximum = 50

    var content: Content

    init(_ document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "WebsiteConfiguration")
        try root.holdsOnce("IndexDocument", "ErrorDocument", "RedirectAllRequestsTo", "RoutingRules")
        if let all = root.child("RedirectAllRequestsTo") {
            guard root.children.count == 1 else {
                throw .invalidArgument(
                    "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                    name: "RedirectAllRequestsTo", value: "not null")
            }
            try all.holdsOnce("HostName", "Protocol")
            guard let host = all.child("HostName")?.text else { throw S3Error(.malformedXML) }
            guard !host.isEmpty else {
                throw S3Error(
                    .invalidRequest,
                    "A host name must be provided to redirect all requests (e.g. \"example.com\").")
            }
            content = .redirect(WebsiteTarget(host: try all.line("HostName"), scheme: try all.scheme()))
            return
        }
        content = .pages(try WebsitePages(root))
    }

    /// The document as it is kept and given back.
    var document: [UInt8] {
        var writer = XMLWriter()
        writer.element("WebsiteConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            switch content {
            case .redirect(let target):
                writer.element("RedirectAllRequestsTo") { $0.target(target) }
            case .pages(let pages):
                writer.element("IndexDocument") { $0.leaf("Suffix", pages.index) }
                if let error = pages.error { writer.element("ErrorDocument") { $0.leaf("Key", error) } }
                guard !pages.rules.isEmpty else { return }
                writer.element("RoutingRules") { writer in
                    for rule in pages.rules { writer.rule(rule) }
                }
            }
        }
        return writer.bytes
    }
}

/// A website with pages.
struct WebsitePages: Sendable, Equatable {
    /// What is appended to the address of a folder.
    var index: String
    /// The key of the page that is shown with refusals.
    var error: String?
    /// In order; the first that applies decides.
    var rules: [WebsiteRule] = []

    /// The rule that sends a request elsewhere.
    /// - Parameter error: the status of its refusal; nil before anything was looked up.
    func rule(for key: [UInt8], error: Int?) -> WebsiteRule? {
        rules.first { $0.applies(to: key, error: error) }
    }

    fileprivate init(_ root: XMLElement) throws(S3Error) {
        guard let index = root.child("IndexDocument") else {
            throw .invalidArgument(
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
                name: "IndexDocument", value: "null")
        }
        try index.holdsOnce("Suffix")
        let suffix = index.text("Suffix") ?? ""
        guard !suffix.isEmpty, !suffix.utf8.contains(UInt8(ascii: "/")), WebsitePages.isKey(suffix) else {
            throw .invalidArgument(
                "The IndexDocument Suffix is not well formed", name: "IndexDocument", value: suffix)
        }
        self.index = suffix
        if let document = root.child("ErrorDocument") {
            try document.holdsOnce("Key")
            guard let key = document.text("Key") else { throw S3Error(.malformedXML) }
            guard WebsitePages.isKey(key) else {
                throw .invalidArgument("The ErrorDocument Key is not well formed", name: "ErrorDocument", value: key)
            }
            error = key
        }
        guard let list = root.child("RoutingRules") else { return }
        guard !list.children.isEmpty, list.children.allSatisfy({ $0.name == "RoutingRule" }) else {
            throw S3Error(.malformedXML)
        }
        guard list.children.count <= WebsiteConfiguration.rulesMaximum else {
            throw S3Error(
                .invalidRequest,
                "The number of routing rules must not exceed the allowed limit of "
                    + "\(WebsiteConfiguration.rulesMaximum) rules.")
        }
        for element in list.children { rules.append(try WebsiteRule(element)) }
    }

    private static func isKey(_ text: String) -> Bool { (1...ObjectKey.maximumLength).contains(text.utf8.count) }
}

extension WebsiteRule {
    fileprivate init(_ element: XMLElement) throws(S3Error) {
        self.init()
        try element.holdsOnce("Condition", "Redirect")
        guard let redirect = element.child("Redirect") else { throw S3Error(.malformedXML) }
        if let condition = element.child("Condition") { try decode(condition: condition) }
        try redirect.holdsOnce("HostName", "HttpRedirectCode", "Protocol", "ReplaceKeyPrefixWith", "ReplaceKeyWith")
        guard !redirect.children.isEmpty else {
            throw S3Error(.invalidRequest, "The redirect of a routing rule must not be empty.")
        }
        target = WebsiteTarget(host: try redirect.line("HostName"), scheme: try redirect.scheme())
        let prefix = try redirect.line("ReplaceKeyPrefixWith")
        let key = try redirect.line("ReplaceKeyWith")
        guard prefix == nil || key == nil else {
            throw S3Error(.invalidRequest, "You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
        }
        replacement = prefix.map { .prefix($0) } ?? key.map { .key($0) } ?? .none
        guard let code = redirect.child("HttpRedirectCode")?.trimmedText else { return }
        guard let number = ASCII.decimal(code.utf8), (301...399).contains(number) else {
            throw S3Error(
                .invalidRequest,
                "The provided HTTP redirect code (\(code)) is not valid. Valid codes are 3XX except 300.")
        }
        status = Int(number)
    }

    private mutating func decode(condition: XMLElement) throws(S3Error) {
        try condition.holdsOnce("HttpErrorCodeReturnedEquals", "KeyPrefixEquals")
        guard !condition.children.isEmpty else {
            throw S3Error(
                .invalidRequest,
                "Condition cannot be empty. To redirect all requests without a condition, the condition element "
                    + "shouldn't be present.")
        }
        prefix = condition.text("KeyPrefixEquals")
        guard let code = condition.child("HttpErrorCodeReturnedEquals")?.trimmedText else { return }
        guard let number = ASCII.decimal(code.utf8), (400...599).contains(number) else {
            throw S3Error(
                .invalidRequest, "The provided HTTP error code (\(code)) is not valid. Valid codes are 4XX or 5XX.")
        }
        errorStatus = Int(number)
    }
}

extension XMLElement {
    /// The text of a child, which becomes part of a header line.
    fileprivate func line(_ name: String) throws(S3Error) -> String? {
        guard let text = text(name) else { return nil }
        guard text.utf8.count <= ObjectKey.maximumLength, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .invalidArgument("\(name) must be one line of at most 1024 bytes.", name: name, value: text)
        }
        return text
    }

    fileprivate func scheme() throws(S3Error) -> WebsiteTarget.Scheme? {
        guard let text = child("Protocol")?.trimmedText else { return nil }
        guard let scheme = WebsiteTarget.Scheme(rawValue: text) else {
            throw S3Error(
                .invalidRequest,
                "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected "
                    + "automatically.")
        }
        return scheme
    }
}

extension XMLWriter {
    fileprivate mutating func target(_ target: WebsiteTarget) {
        if let host = target.host { leaf("HostName", host) }
        if let scheme = target.scheme { leaf("Protocol", scheme.rawValue) }
    }

    fileprivate mutating func rule(_ rule: WebsiteRule) {
        element("RoutingRule") { writer in
            if rule.prefix != nil || rule.errorStatus != nil {
                writer.element("Condition") { writer in
                    if let status = rule.errorStatus { writer.leaf("HttpErrorCodeReturnedEquals", status) }
                    if let prefix = rule.prefix { writer.leaf("KeyPrefixEquals", prefix) }
                }
            }
            writer.element("Redirect") { writer in
                writer.target(rule.target)
                if rule.status != WebsiteRule.defaultStatus { writer.leaf("HttpRedirectCode", rule.status) }
                switch rule.replacement {
                case .none: break
                case .key(let key): writer.leaf("ReplaceKeyWith", key)
                case .prefix(let prefix): writer.leaf("ReplaceKeyPrefixWith", prefix)
                }
            }
        }
    }
}
