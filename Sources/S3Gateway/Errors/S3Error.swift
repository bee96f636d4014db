// Why this file exists: the third stratum of errors, what a client is told. A refusal is a value made of a code
// from the table, perhaps better words, and the extra fields that AWS adds; it becomes bytes in one place.

/// A refusal as S3 clients understand it.
public struct S3Error: Error, Sendable, Equatable {
    /// An element beside Code and Message, such as `BucketName`.
    public struct Field: Sendable, Equatable {
        /// An XML element name, always one of the gateway's own.
        public let name: String
        public let value: String
    }

    /// A response header that goes with the refusal, such as `x-amz-delete-marker`.
    public struct Header: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    public var code: Code
    /// More exact words than the code's own, or nil. It goes to the client: no paths, no secrets.
    public var message: String?
    public var fields: [Field]
    public var headers: [Header]

    /// - Parameters:
    ///   - code: from the table.
    ///   - message: replaces the default words of the code.
    ///   - fields: extra elements, in order. Names must be XML names.
    ///   - headers: extra response headers, in order.
    public init(
        _ code: Code, _ message: String? = nil, fields: KeyValuePairs<String, String> = [:],
        headers: KeyValuePairs<String, String> = [:]
    ) {
        self.code = code
        self.message = message
        self.fields = fields.map { Field(name: $0.key, value: $0.value) }
        self.headers = headers.map { Header(name: $0.key, value: $0.value) }
    }

    /// InvalidArgument with the name and value of what is wrong, as AWS tells it.
    public static func invalidArgument(_ message: String, name: String, value: String) -> S3Error {
        S3Error(.invalidArgument, message, fields: ["ArgumentName": name, "ArgumentValue": value])
    }

    /// The same refusal with one more field.
    public func adding(_ name: String, _ value: String) -> S3Error {
        var copy = self
        copy.fields.append(Field(name: name, value: value))
        return copy
    }
}

extension S3Error.Code {
    /// Whether the connection cannot be trusted after this refusal: what follows on it cannot be told from the rest of
    /// the body, or the address was no address, as in a malformed head.
    fileprivate var endsConnection: Bool {
        switch self {
        case .incompleteBody, .requestTimeout, .invalidURI: true
        default: false
        }
    }
}

extension S3Error {
    /// The refusal in S3's XML form. For HEAD the caller drops the body; 304 has none.
    /// - Parameters:
    ///   - requestID: told back in header and document.
    ///   - hostID: likewise.
    ///   - resource: the path that was asked for, told back in `<Resource>` unless a field names the thing.
    public func encode(requestID: String, hostID: String, resource: String? = nil) -> HTTPResponse {
        var response = HTTPResponse(status: code.status)
        response.add("x-amz-request-id", requestID)
        response.add("x-amz-id-2", hostID)
        for header in headers { response.add(name: header.name, header.value) }
        response.closesConnection = code.endsConnection
        guard code != .notModified else { return response }
        response.add("content-type", "application/xml")
        response.body = .bytes(document(requestID: requestID, hostID: hostID, resource: resource))
        return response
    }

    /// The XML document alone, for answers whose status is already on the wire (CompleteMultipartUpload, CopyObject).
    public func document(requestID: String, hostID: String, resource: String? = nil) -> [UInt8] {
        var writer = XMLWriter()
        writer.element("Error") { writer in
            writer.leaf("Code", code.wireName)
            writer.leaf("Message", message ?? code.defaultMessage)
            for field in fields { writer.leaf(name: field.name, field.value) }
            if let resource { writer.leaf("Resource", resource) }
            writer.leaf("RequestId", requestID)
            writer.leaf("HostId", hostID)
        }
        return writer.bytes
    }
}
