// Why this file exists: the access log for machines: one JSON object on a line, with the same facts as S3's format
// under names that say their unit, and those that it lacks (access key, bytes received, completeness).
// Invariant: each line is one valid JSON text whatever bytes a client sent. See: RFC 8259 section 7.

/// The JSON-lines access log format.
public enum JSONLogFormat {
    /// Appends one line with its line feed.
    public static func append(_ entry: AccessLogRecord, to line: inout [UInt8]) {
        line.append(contentsOf: "{\"time\":\"".utf8)
        line.appendInternetTime(entry.time)
        line.append(UInt8(ascii: "\""))
        appendText("remoteAddress", entry.remoteAddress, to: &line)
        appendText("requestID", entry.requestID, to: &line)
        appendText("operation", entry.operationName, to: &line)
        appendText("request", entry.requestURI, to: &line)
        appendText("bucket", entry.bucket, to: &line)
        appendText("bucketOwner", entry.bucketOwner, to: &line)
        appendText("key", entry.key, to: &line)
        appendText("versionID", entry.versionID, to: &line)
        appendText("requester", entry.requester, to: &line)
        appendText("accessKey", entry.accessKey, to: &line)
        appendNumber("status", Int64(entry.status), to: &line)
        appendText("errorCode", entry.errorCode, to: &line)
        appendNumber("bytesSent", entry.bytesSent, to: &line)
        appendNumber("bytesReceived", entry.bytesReceived, to: &line)
        appendNumber("objectSize", entry.objectSize, to: &line)
        appendNumber("totalMilliseconds", entry.totalMilliseconds, to: &line)
        appendNumber("turnaroundMilliseconds", entry.turnaroundMilliseconds, to: &line)
        appendText("referrer", entry.referrer, to: &line)
        appendText("userAgent", entry.userAgent, to: &line)
        appendText("hostID", entry.hostID, to: &line)
        appendText("signatureVersion", entry.signatureVersion, to: &line)
        appendText("authenticationType", entry.authenticationType, to: &line)
        appendText("host", entry.hostHeader, to: &line)
        appendText("tlsVersion", entry.tlsVersion, to: &line)
        appendText("cipherSuite", entry.cipherSuite, to: &line)
        appendName("isComplete", to: &line)
        line.append(contentsOf: (entry.isComplete ? "true" : "false").utf8)
        line.append(contentsOf: "}\n".utf8)
    }

    private static func appendName(_ name: StaticString, to line: inout [UInt8]) {
        line.append(contentsOf: ",\"".utf8)
        name.withUTF8Buffer { line.append(contentsOf: $0) }
        line.append(contentsOf: "\":".utf8)
    }

    private static func appendNumber(_ name: StaticString, _ value: Int64?, to line: inout [UInt8]) {
        appendName(name, to: &line)
        line.append(contentsOf: (value.map { String($0) } ?? "null").utf8)
    }

    private static func appendText(_ name: StaticString, _ value: String?, to line: inout [UInt8]) {
        appendName(name, to: &line)
        guard let value else {
            line.append(contentsOf: "null".utf8)
            return
        }
        line.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            case 0..<32:
                line.append(contentsOf: "\\u00".utf8)
                line.append(UInt8(ascii: "0") + (byte >> 4))
                line.append(Array("0123456789abcdef".utf8)[Int(byte & 15)])
            default:
                line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
