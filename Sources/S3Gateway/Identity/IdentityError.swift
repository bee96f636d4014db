// Why this file exists: IAM and STS refuse in codes and in a form of their own, unlike S3's. What the store or the
// signature check say is turned into it here.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
import ObjectCore

/// A refusal as clients of IAM and STS understand it.
struct IdentityError: Error, Sendable, Equatable {
    /// The codes, as they stand on the wire.
    enum Code: String, Sendable, CaseIterable {
        case accessDenied = "AccessDenied"
        case deleteConflict = "DeleteConflict"
        case entityAlreadyExists = "EntityAlreadyExists"
        case expiredToken = "ExpiredToken"
        case expiredTokenException = "ExpiredTokenException"
        case idpCommunicationError = "IDPCommunicationError"
        case idpRejectedClaim = "IDPRejectedClaim"
        case incompleteSignature = "IncompleteSignature"
        case internalFailure = "InternalFailure"
        case invalidAction = "InvalidAction"
        case invalidClientTokenId = "InvalidClientTokenId"
        case invalidIdentityToken = "InvalidIdentityToken"
        case invalidInput = "InvalidInput"
        case limitExceeded = "LimitExceeded"
        case malformedPolicyDocument = "MalformedPolicyDocument"
        case malformedQueryString = "MalformedQueryString"
        case missingAction = "MissingAction"
        case missingAuthenticationToken = "MissingAuthenticationToken"
        case noSuchEntity = "NoSuchEntity"
        case notImplemented = "NotImplemented"
        case packedPolicyTooLarge = "PackedPolicyTooLarge"
        case requestEntityTooLarge = "RequestEntityTooLarge"
        case serviceUnavailable = "ServiceUnavailable"
        case signatureDoesNotMatch = "SignatureDoesNotMatch"
        case throttling = "Throttling"
        case unmodifiableEntity = "UnmodifiableEntity"
        case validationError = "ValidationError"

        var status: Int {
            switch self {
            case .expiredTokenException, .idpCommunicationError, .incompleteSignature, .invalidAction,
                .invalidIdentityToken, .invalidInput, .malformedPolicyDocument, .malformedQueryString, .missingAction,
                .packedPolicyTooLarge, .throttling, .unmodifiableEntity, .validationError:
                400
            case .accessDenied, .expiredToken, .idpRejectedClaim, .invalidClientTokenId, .missingAuthenticationToken,
                .signatureDoesNotMatch:
                403
            case .noSuchEntity: 404
            case .deleteConflict, .entityAlreadyExists, .limitExceeded: 409
            case .requestEntityTooLarge: 413
            case .internalFailure: 500
            case .notImplemented: 501
            case .serviceUnavailable: 503
            }
        }
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// A parameter that breaks a rule, in the words of AWS's validation.
    static func validation(_ value: String, at name: String, _ constraint: String) -> IdentityError {
        IdentityError(
            .validationError,
            "1 validation error detected: Value '\(value.prefix(256))' at '\(IdentityError.member(name))' failed to "
                + "satisfy constraint: \(constraint)")
    }

    static func missing(_ name: String) -> IdentityError {
        IdentityError(
            .validationError,
            "1 validation error detected: Value null at '\(IdentityError.member(name))' failed to satisfy constraint: "
                + "Member must not be null")
    }

    // AWS names members with a small first letter.
    private static func member(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }
}

// MARK: From below

extension IdentityError {
    /// What a client is told about an error of the store.
    init(_ error: StoreError) {
        switch error {
        case .identity(let failure): self.init(failure)
        case .invalidArgument(let text): self.init(.validationError, text)
        case .readOnly: self.init(.serviceUnavailable, "The store is read-only after a failed write.")
        case .closed: self.init(.serviceUnavailable, "The server is shutting down.")
        case .overloaded: self.init(.throttling, "Rate exceeded")
        case .noSuchBucket, .noSuchKey, .noSuchVersion, .noSuchUpload, .isDeleteMarker, .bucketExists,
            .bucketNotEmpty, .invalidBucketName, .invalidKey, .preconditionFailed, .conditionalConflict,
            .objectLocked, .invalidPart, .invalidPartOrder, .partTooSmall, .objectTooLarge, .digestMismatch,
            .versionDestroyed, .noSuchSnapshot, .isThePast, .pastIsUnknown, .bucketHasSnapshots, .encryption,
            .tooManyAnnotations, .archived, .notArchived, .outOfSpace, .corrupt, .locked, .unusable, .system, .database:
            self.init(.internalFailure, "The request processing has failed because of an unknown error.")
        }
    }

    private init(_ failure: IdentityFailure) {
        let code: Code =
            switch failure {
            case .noSuchEntity: .noSuchEntity
            case .alreadyExists: .entityAlreadyExists
            case .deleteConflict: .deleteConflict
            case .limitExceeded: .limitExceeded
            case .unmodifiable: .unmodifiableEntity
            case .invalid: .validationError
            case .packedPolicyTooLarge: .packedPolicyTooLarge
            }
        self.init(code, failure.message)
    }

    /// What a client is told about a signature that is not believed, or an address that is not understood.
    init(_ error: S3Error) {
        let message = error.message ?? error.code.defaultMessage
        switch error.code {
        case .invalidAccessKeyId, .invalidToken:
            self.init(.invalidClientTokenId, "The security token included in the request is invalid.")
        case .expiredToken: self.init(.expiredToken, "The security token included in the request is expired")
        case .signatureDoesNotMatch:
            self.init(
                .signatureDoesNotMatch,
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                    + "Access Key and signing method. Consult the service documentation for details.")
        case .requestTimeTooSkewed:
            self.init(.signatureDoesNotMatch, "Signature expired or not yet current: \(message)")
        case .authorizationHeaderMalformed, .authorizationQueryParametersError:
            self.init(.incompleteSignature, message)
        case .accessDenied: self.init(.incompleteSignature, message)
        case .notImplemented: self.init(.notImplemented, message)
        default: self.init(.malformedQueryString, message)
        }
    }
}
