// Why this file exists: the server access log of S3, field for field, so that the tools that people have for it
// (Athena tables, log analysers) read ours.
// Invariant: an entry is one line of exactly 26 fields; no client byte can add a field or a line, because white
// space, quotes and control bytes are percent-encoded wherever they would end a field.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html

/// S3's server access log format.
public enum S3LogFormat {
    /// Appends one line with its line feed.
    public static func append(_ entry: AccessLogRecord, to line: inout [UInt8]) {
        appendField(entry.bucketOwner, to: &line)
        appendField(entry.bucket, to: &line)
        line.append(UInt8(ascii: "["))
        LogTime(entry.time).appendS3Form(to: &line)
        line.append(contentsOf: "] ".utf8)
        appendField(entry.remoteAddress, to: &line)
        appendField(entry.requester, to: &line)
        appendField(entry.requestID, to: &line)
        appendField(entry.operation, to: &line)
        appendKey(entry.key, to: &line)
        appendQuoted(entry.requestURI, to: &line)
        appendField(String(entry.status), to: &line)
        appendField(entry.errorCode, to: &line)
        appendCount(entry.bytesSent, to: &line)
        appendCount(entry.objectSize ?? 0, to: &line)
        appendField(String(entry.totalMilliseconds), to: &line)
        appendField(String(entry.turnaroundMilliseconds), to: &line)
        appendQuoted(entry.referrer, to: &line)
        appendQuoted(entry.userAgent, to: &line)
        appendField(entry.versionID, to: &line)
        appendField(entry.hostID, to: &line)
        appendField(entry.signatureVersion, to: &line)
        appendField(entry.cipherSuite, to: &line)
        appendField(entry.authenticationType, to: &line)
        appendField(entry.hostHeader, to: &line)
        appendField(entry.tlsVersion, to: &line)
        appendField(nil, to: &line)  // Access points are not served.
        appendField(nil, to: &line)  // aclRequired: no request is allowed by an ACL alone.
        line[line.count - 1] = UInt8(ascii: "\n")
    }

    /// A field without quotes: nothing in it may be white space.
    private static func appendField(_ value: String?, to line: inout [UInt8]) {
        guard let value, !value.isEmpty else {
            line.append(contentsOf: "- ".utf8)
            return
        }
        for byte in value.utf8 { line.appendEncoded(byte, unless: byte > 32 && byte != UInt8(ascii: "\"")) }
        line.append(UInt8(ascii: " "))
    }

    /// A count of bytes; S3 writes `-` for none.
    private static func appendCount(_ count: Int64, to line: inout [UInt8]) {
        appendField(count > 0 ? String(count) : nil, to: &line)
    }

    /// The key, URL-encoded as S3 does it: unreserved characters and slashes stay.
    private static func appendKey(_ key: String?, to line: inout [UInt8]) {
        guard let key, !key.isEmpty else {
            line.append(contentsOf: "- ".utf8)
            return
        }
        for byte in key.utf8 { line.appendEncoded(byte, unless: byte.isUnreserved || byte == UInt8(ascii: "/")) }
        line.append(UInt8(ascii: " "))
    }

    private static func appendQuoted(_ value: String?, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        if let value, !value.isEmpty {
            for byte in value.utf8 {
                line.appendEncoded(byte, unless: byte >= 32 && byte != UInt8(ascii: "\"") && byte != 127)
            }
        } else {
            line.append(UInt8(ascii: "-"))
        }
        line.append(contentsOf: "\" ".utf8)
    }
}

extension UInt8 {
    /// See: RFC 3986 section 2.3.
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

extension [UInt8] {
    fileprivate mutating func appendEncoded(_ byte: UInt8, unless isPlain: Bool) {
        if isPlain {
            append(byte)
        } else {
            let digits = Array("0123456789ABCDEF".utf8)
            append(UInt8(ascii: "%"))
            append(digits[Int(byte >> 4)])
            append(digits[Int(byte & 15)])
        }
    }
}
