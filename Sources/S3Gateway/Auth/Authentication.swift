// Why this file exists: the result of looking at a signature, before it is bound to the request. Nothing outside
// this folder makes one.

/// How a request proved who sent it.
public enum AuthenticationKind: Sendable, Hashable, CaseIterable {
    case anonymous
    case headerV4, queryV4, formV4
    case headerV2, queryV2, formV2

    /// The value of the policy condition `s3:authType`, or nil for anonymous.
    public var policyAuthType: String? {
        switch self {
        case .anonymous: nil
        case .headerV4, .headerV2: "REST-HEADER"
        case .queryV4, .queryV2: "REST-QUERY-STRING"
        case .formV4, .formV2: "POST"
        }
    }

    /// The value of the policy condition `s3:signatureversion`, or nil for anonymous.
    public var policySignatureVersion: String? {
        switch self {
        case .anonymous: nil
        case .headerV4, .queryV4, .formV4: "AWS4-HMAC-SHA256"
        case .headerV2, .queryV2, .formV2: "AWS"
        }
    }
}

/// What a signature says about the bytes of the body.
enum PayloadMode: Sendable, Equatable {
    /// Nothing is promised.
    case unsigned
    /// The SHA-256 of the whole body.
    case digest([UInt8])
    /// aws-chunked; `signing` when each chunk is signed, `hasTrailer` when a trailer follows.
    case chunks(signing: ChunkSigning?, hasTrailer: Bool)
}

/// What is needed to check the signatures of chunks: each covers the one before it.
struct ChunkSigning: Sendable, Equatable {
    let signingKey: Secret
    /// As in the string to sign, `YYYYMMDDTHHMMSSZ`.
    let timestamp: [UInt8]
    /// `date/region/service/aws4_request`.
    let scope: [UInt8]
    /// The signature of the head, 64 hexadecimal digits.
    let seedSignature: [UInt8]
}

/// What a signature proved.
struct Authentication: Sendable {
    let principal: Principal
    let kind: AuthenticationKind
    let payload: PayloadMode
    /// When the request says it was signed, in seconds since 1970; nil where the form of signing does not tell.
    let signedAt: Int64?
}
