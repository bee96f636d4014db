// Why this file exists: the one table from a reason of refusal to its name on the wire, its status and its words.
// The switch is total, so a new case cannot be forgotten. Names and statuses are AWS's; where one name goes with
// two statuses there, it has two cases here.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

extension S3Error {
    /// Every reason for which the gateway refuses a request.
    public enum Code: Sendable, Hashable, CaseIterable {
        // Who asks, and whether they may.
        case accessDenied, accessForbidden, accessControlListNotSupported, authorizationHeaderMalformed
        case authorizationQueryParametersError
        /// A presigned URL that asks to live longer than a week. AWS documents no status; clients expect 403.
        case presignedLifetimeOutOfRange
        case expiredToken, invalidAccessKeyId, invalidSecurity, invalidToken, missingSecurityHeader
        case requestTimeTooSkewed, signatureDoesNotMatch

        // The form of the request.
        case badRequest, invalidArgument, invalidEncryptionAlgorithm, invalidRequest, invalidStorageClass, invalidTag
        case invalidRetentionPeriod
        case invalidURI, invalidPolicyDocument, incorrectNumberOfFilesInPostRequest, keyTooLong, malformedACL
        case malformedPOSTRequest, malformedPolicy, malformedXML, malformedTrailer, maxMessageLengthExceeded
        case maxPostPreDataLengthExceeded, metadataTooLarge, methodNotAllowed, missingContentLength
        case unexpectedContent, unresolvableGrantByEmailAddress, ambiguousGrantByEmailAddress
        case missingRequestBody, notImplemented, requestTimeout, requestHeaderSectionTooLarge

        // The bytes of the body.
        case badDigest, entityTooLarge, entityTooSmall, incompleteBody, invalidDigest, contentSHA256Mismatch

        // Buckets.
        case bucketAlreadyExists, bucketAlreadyOwnedByYou, bucketNotEmpty, illegalLocationConstraint
        case illegalVersioningConfiguration, invalidBucketName, invalidBucketState, invalidBucketAclWithObjectOwnership
        case invalidTargetBucketForLogging, noSuchBucket, tooManyBuckets
        /// The bucket that a report is to go to.
        case invalidS3DestinationBucket

        // Objects, versions, uploads.
        case conditionalRequestConflict, invalidObjectState, invalidPart, invalidPartNumber, invalidPartOrder
        case invalidRange, noSuchKey, noSuchUpload, noSuchVersion, notModified, operationAborted, preconditionFailed
        case restoreAlreadyInProgress
        /// Cairn's own: what was there at the time that was asked about was destroyed since.
        case versionDestroyed

        // Annotations.
        case annotationLimitExceeded, annotationNameTooLong, invalidAnnotationName, invalidPrefix, noSuchAnnotation
        case unsupportedMediaType

        // Configurations that are not there.
        case noSuchBucketPolicy, noSuchCORSConfiguration, noSuchConfiguration, noSuchLifecycleConfiguration
        case tooManyConfigurations
        case noSuchObjectLockConfiguration, noSuchPublicAccessBlockConfiguration, noSuchTagSet
        case noSuchWebsiteConfiguration, objectLockConfigurationNotFound, ownershipControlsNotFound
        case replicationConfigurationNotFound, serverSideEncryptionConfigurationNotFound

        // Identities.
        case entityAlreadyExists, noSuchEntity

        // Keys that encrypt.
        case kmsInvalidState, kmsNotFound

        // The server's own condition.
        case insufficientStorage, internalError, serviceUnavailable, slowDown
    }
}

extension S3Error.Code {
    /// What clients match on.
    public var wireName: String { entry.name }
    /// The HTTP status.
    public var status: Int { entry.status }
    /// What people read when nothing more exact is known.
    public var defaultMessage: String { entry.message }

    private var entry: (name: String, status: Int, message: String) {
        switch self {
        case .accessDenied: ("AccessDenied", 403, "Access Denied")
        case .accessForbidden: ("AccessForbidden", 403, "Access Forbidden")
        case .accessControlListNotSupported:
            ("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")
        case .authorizationHeaderMalformed:
            ("AuthorizationHeaderMalformed", 400, "The authorization header is malformed")
        case .authorizationQueryParametersError:
            ("AuthorizationQueryParametersError", 400, "The authorization query parameters are malformed")
        case .presignedLifetimeOutOfRange:
            (
                "AuthorizationQueryParametersError", 403,
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
                    + "than 604800 seconds"
            )
        case .expiredToken: ("ExpiredToken", 400, "The provided token has expired.")
        case .invalidAccessKeyId:
            ("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.")
        case .invalidSecurity: ("InvalidSecurity", 403, "The provided security credentials are not valid.")
        case .invalidToken: ("InvalidToken", 400, "The provided token is malformed or otherwise invalid.")
        case .missingSecurityHeader: ("MissingSecurityHeader", 400, "Your request was missing a required header.")
        case .requestTimeTooSkewed:
            (
                "RequestTimeTooSkewed", 403,
                "The difference between the request time and the current time is too large."
            )
        case .signatureDoesNotMatch:
            (
                "SignatureDoesNotMatch", 403,
                "The request signature we calculated does not match the signature you provided. "
                    + "Check your key and signing method."
            )

        case .badRequest: ("BadRequest", 400, "Bad Request")
        case .invalidArgument: ("InvalidArgument", 400, "Invalid Argument")
        case .invalidEncryptionAlgorithm:
            (
                "InvalidEncryptionAlgorithmError", 400,
                "The encryption request that you specified is not valid. The valid value is AES256."
            )
        case .invalidRequest: ("InvalidRequest", 400, "Invalid Request")
        case .invalidRetentionPeriod:
            ("InvalidRetentionPeriod", 400, "The retention period must be a positive integer value.")
        case .invalidStorageClass: ("InvalidStorageClass", 400, "The storage class you specified is not valid")
        case .invalidTag: ("InvalidTag", 400, "The tag provided was not a valid tag.")
        case .invalidURI: ("InvalidURI", 400, "Couldn't parse the specified URI.")
        case .invalidPolicyDocument:
            (
                "InvalidPolicyDocument", 400,
                "The content of the form does not meet the conditions specified in the policy document."
            )
        case .incorrectNumberOfFilesInPostRequest:
            ("IncorrectNumberOfFilesInPostRequest", 400, "POST requires exactly one file upload per request.")
        case .keyTooLong: ("KeyTooLongError", 400, "Your key is too long")
        case .malformedACL:
            (
                "MalformedACLError", 400,
                "The XML you provided was not well-formed or did not validate against our published schema"
            )
        case .malformedPOSTRequest:
            ("MalformedPOSTRequest", 400, "The body of your POST request is not well-formed multipart/form-data.")
        case .malformedPolicy: ("MalformedPolicy", 400, "Policies must be valid JSON and the first byte must be '{'")
        case .malformedXML:
            (
                "MalformedXML", 400,
                "The XML you provided was not well-formed or did not validate against our published schema"
            )
        case .malformedTrailer:
            (
                "MalformedTrailerError", 400,
                "The request contained trailing data that was not well-formed or did not conform to our published "
                    + "schema."
            )
        case .maxMessageLengthExceeded: ("MaxMessageLengthExceeded", 400, "Your request was too big.")
        case .maxPostPreDataLengthExceeded:
            (
                "MaxPostPreDataLengthExceededError", 400,
                "Your POST request fields preceding the upload file were too large."
            )
        case .metadataTooLarge:
            ("MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size")
        case .methodNotAllowed:
            ("MethodNotAllowed", 405, "The specified method is not allowed against this resource.")
        case .missingContentLength:
            ("MissingContentLength", 411, "You must provide the Content-Length HTTP header.")
        case .missingRequestBody: ("MissingRequestBodyError", 400, "Request Body is empty")
        case .unexpectedContent: ("UnexpectedContent", 400, "This request does not support content")
        case .unresolvableGrantByEmailAddress:
            (
                "UnresolvableGrantByEmailAddress", 400,
                "The e-mail address you provided does not match any account on record."
            )
        case .ambiguousGrantByEmailAddress:
            (
                "AmbiguousGrantByEmailAddress", 400,
                "The e-mail address you provided is associated with more than one account."
            )
        case .notImplemented:
            ("NotImplemented", 501, "A header you provided implies functionality that is not implemented")
        case .requestTimeout:
            (
                "RequestTimeout", 400,
                "Your socket connection to the server was not read from or written to within the timeout period."
            )
        case .requestHeaderSectionTooLarge:
            (
                "RequestHeaderSectionTooLarge", 400,
                "Your request header section exceeds the maximum allowed request header section size."
            )

        case .badDigest: ("BadDigest", 400, "The Content-MD5 you specified did not match what we received.")
        case .entityTooLarge: ("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size")
        case .entityTooSmall:
            ("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size")
        case .incompleteBody:
            (
                "IncompleteBody", 400,
                "You did not provide the number of bytes specified by the Content-Length HTTP header"
            )
        case .invalidDigest: ("InvalidDigest", 400, "The Content-MD5 you specified was invalid.")
        case .contentSHA256Mismatch:
            (
                "XAmzContentSHA256Mismatch", 400,
                "The provided 'x-amz-content-sha256' header does not match what was computed."
            )

        case .bucketAlreadyExists:
            (
                "BucketAlreadyExists", 409,
                "The requested bucket name is not available. The bucket namespace is shared by all users of the "
                    + "system. Please select a different name and try again."
            )
        case .bucketAlreadyOwnedByYou:
            (
                "BucketAlreadyOwnedByYou", 409,
                "Your previous request to create the named bucket succeeded and you already own it."
            )
        case .bucketNotEmpty: ("BucketNotEmpty", 409, "The bucket you tried to delete is not empty")
        case .illegalLocationConstraint:
            (
                "IllegalLocationConstraintException", 400, "The specified location-constraint is not valid"
            )
        case .illegalVersioningConfiguration:
            (
                "IllegalVersioningConfigurationException", 400,
                "The versioning configuration specified in the request is invalid"
            )
        case .invalidBucketName: ("InvalidBucketName", 400, "The specified bucket is not valid.")
        case .invalidBucketState:
            ("InvalidBucketState", 409, "The request is not valid with the current state of the bucket.")
        case .invalidBucketAclWithObjectOwnership:
            (
                "InvalidBucketAclWithObjectOwnership", 400,
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
            )
        case .invalidTargetBucketForLogging:
            (
                "InvalidTargetBucketForLogging", 400,
                "The target bucket for logging does not exist, is not owned by you, or does not have the "
                    + "appropriate grants for the log-delivery group."
            )
        case .noSuchBucket: ("NoSuchBucket", 404, "The specified bucket does not exist")
        case .tooManyBuckets:
            ("TooManyBuckets", 400, "You have attempted to create more buckets than allowed")

        case .conditionalRequestConflict:
            (
                "ConditionalRequestConflict", 409,
                "A conflicting conditional operation is currently in progress against this resource. "
                    + "Please try again."
            )
        case .invalidObjectState:
            ("InvalidObjectState", 403, "The operation is not valid for the object's storage class")
        case .invalidPart:
            (
                "InvalidPart", 400,
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or "
                    + "the specified entity tag may not match the part's entity tag."
            )
        case .invalidPartNumber: ("InvalidPartNumber", 416, "The requested partnumber is not satisfiable")
        case .invalidPartOrder:
            (
                "InvalidPartOrder", 400,
                "The list of parts was not in ascending order. Parts must be ordered by part number."
            )
        case .invalidRange: ("InvalidRange", 416, "The requested range is not satisfiable")
        case .noSuchKey: ("NoSuchKey", 404, "The specified key does not exist.")
        case .noSuchUpload:
            (
                "NoSuchUpload", 404,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
                    + "aborted or completed."
            )
        case .versionDestroyed:
            (
                "VersionDestroyed", 410, "The version that was current then was destroyed since; its bytes are gone."
            )
        case .noSuchVersion: ("NoSuchVersion", 404, "The specified version does not exist.")
        case .notModified: ("NotModified", 304, "Not Modified")
        case .operationAborted:
            (
                "OperationAborted", 409,
                "A conflicting conditional operation is currently in progress against this resource. Try again."
            )
        case .preconditionFailed:
            ("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold")
        case .restoreAlreadyInProgress:
            ("RestoreAlreadyInProgress", 409, "Object restore is already in progress")

        case .noSuchBucketPolicy: ("NoSuchBucketPolicy", 404, "The bucket policy does not exist")
        case .noSuchCORSConfiguration:
            ("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist")
        case .invalidS3DestinationBucket:
            ("InvalidS3DestinationBucket", 400, "The destination bucket does not exist or is not valid.")
        case .tooManyConfigurations:
            (
                "TooManyConfigurations", 400,
                "You are attempting to create a new configuration but have already reached the 1,000-configuration "
                    + "limit."
            )
        case .noSuchConfiguration: ("NoSuchConfiguration", 404, "The specified configuration does not exist.")
        case .noSuchLifecycleConfiguration:
            ("NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist")
        case .noSuchObjectLockConfiguration:
            (
                "NoSuchObjectLockConfiguration", 404,
                "The specified object does not have a ObjectLock configuration"
            )
        case .noSuchPublicAccessBlockConfiguration:
            (
                "NoSuchPublicAccessBlockConfiguration", 404,
                "The public access block configuration was not found"
            )
        case .annotationLimitExceeded:
            ("AnnotationLimitExceeded", 400, "The object has the maximum number of annotations already")
        case .annotationNameTooLong: ("AnnotationNameTooLong", 400, "The annotation name exceeds 512 bytes.")
        case .invalidAnnotationName: ("InvalidAnnotationName", 400, "The annotation name you provided is invalid.")
        case .invalidPrefix: ("InvalidPrefix", 400, "The annotation prefix you provided is invalid.")
        case .noSuchAnnotation:
            ("NoSuchAnnotation", 404, "The specified annotation does not exist on this object.")
        case .unsupportedMediaType:
            ("UnsupportedMediaType", 415, "The annotation payload is not valid UTF-8 encoded text.")
        case .noSuchTagSet: ("NoSuchTagSet", 404, "The TagSet does not exist")
        case .noSuchWebsiteConfiguration:
            (
                "NoSuchWebsiteConfiguration", 404,
                "The specified bucket does not have a website configuration"
            )
        case .objectLockConfigurationNotFound:
            (
                "ObjectLockConfigurationNotFoundError", 404,
                "Object Lock configuration does not exist for this bucket"
            )
        case .ownershipControlsNotFound:
            ("OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found")
        case .replicationConfigurationNotFound:
            (
                "ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found"
            )
        case .serverSideEncryptionConfigurationNotFound:
            (
                "ServerSideEncryptionConfigurationNotFoundError", 404,
                "The server side encryption configuration was not found"
            )

        case .entityAlreadyExists:
            (
                "EntityAlreadyExists", 409,
                "The request was rejected because it attempted to create a resource that already exists."
            )
        case .noSuchEntity:
            (
                "NoSuchEntity", 404,
                "The request was rejected because it referenced a resource entity that does not exist."
            )

        case .kmsInvalidState:
            ("KMS.KMSInvalidStateException", 400, "The state of the key is not valid for this request.")
        case .kmsNotFound: ("KMS.NotFoundException", 400, "The key does not exist.")

        case .insufficientStorage:
            ("InsufficientStorage", 507, "There is no room left in the store. Reads and deletes go on.")
        case .internalError: ("InternalError", 500, "We encountered an internal error. Please try again.")
        case .serviceUnavailable: ("ServiceUnavailable", 503, "Service is unable to handle request.")
        case .slowDown: ("SlowDown", 503, "Please reduce your request rate.")
        }
    }
}
