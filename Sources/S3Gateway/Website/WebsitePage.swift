// Why this file exists: what a person's browser is shown when a page cannot be: a small page of HTML in the form of AWS's.
// Invariant: whatever comes from the request or from the store is escaped, and nothing in the page can run.
import ObjectCore

/// A page that tells a refusal.
struct WebsitePage {
    var refusal: S3Error
    /// The key that was asked for.
    var key: String?
    /// Why the website's own page for errors is not shown instead, and which that is.
    var ofErrorDocument: (refusal: S3Error, key: String)?

    /// - Parameter ids: told on the page.
    func response(ids: RequestIDs) -> HTTPResponse {
        var response = HTTPResponse(status: refusal.code.status)
        response.add("x-amz-request-id", ids.request)
        response.add("x-amz-id-2", ids.host)
        response.addWebsiteError(refusal)
        guard refusal.code != .notModified else { return response }
        response.add("content-type", "text/html; charset=utf-8")
        response.body = .bytes(Array(html(ids: ids).utf8))
        return response
    }

    private func html(ids: RequestIDs) -> String {
        let status = "\(refusal.code.status) \(ResponseHeadEncoder.reason(refusal.code.status))"
        var lines = ["<html>", "<head><title>\(status)</title></head>", "<body>", "<h1>\(status)</h1>"]
        lines += list(refusal, key: key, more: [("RequestId", ids.request), ("HostId", ids.host)])
        if let ofErrorDocument {
            lines.append("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>")
            lines += list(ofErrorDocument.refusal, key: ofErrorDocument.key, more: [])
        }
        lines += ["<hr/>", "</body>", "</html>", ""]
        return lines.joined(separator: "\n")
    }

    private func list(_ refusal: S3Error, key: String?, more: [(String, String)]) -> [String] {
        var items = [("Code", refusal.code.wireName), ("Message", refusal.message ?? refusal.code.defaultMessage)]
        // A key is told where it is what is missing; who may not see it learns nothing of it.
        if let key, refusal.code == .noSuchKey { items.append(("Key", key)) }
        for field in refusal.fields where field.name != "Key" { items.append((field.name, field.value)) }
        items += more
        return ["<ul>"] + items.map { "<li>\($0.0): \(WebsitePage.escaped($0.1))</li>" } + ["</ul>"]
    }

    /// Text as it stands between tags and in attributes; what no page can hold becomes U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\u{0}"..<" ", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension HTTPResponse {
    /// The refusal as programs read it, beside whatever page is shown.
    mutating func addWebsiteError(_ refusal: S3Error) {
        add("x-amz-error-code", refusal.code.wireName)
        add("x-amz-error-message", refusal.message ?? refusal.code.defaultMessage)
        for header in refusal.headers { add(name: header.name, header.value) }
    }
}
