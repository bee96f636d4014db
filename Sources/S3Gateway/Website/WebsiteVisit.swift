// Why this file exists: one request for a page, from its key to its answer. A page is an object that anybody may read, so
// every look-up is an ordinary GET by nobody: the same permissions, conditions, ranges, lineage and log.
// Invariant: nothing is believed about who asks, whatever signature the request has, and its query names nothing.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
import ObjectCore

/// A request for a page of a website.
struct WebsiteVisit {
    let service: S3Service
    let head: RequestHead
    let body: any RequestBody
    let bucketName: String
    let ids: RequestIDs
    let now: Timestamp
    let notes: ExchangeNotes?

    func answer() async -> HTTPResponse {
        let isHead = head.method == .head
        notes?.operation = isHead ? HeadObject.name : GetObject.name
        notes?.logName = isHead ? "WEBSITE.HEAD.OBJECT" : "WEBSITE.GET.OBJECT"
        do throws(S3Error) {
            return try await page()
        } catch {
            return refused(WebsitePage(refusal: error))
        }
    }

    private func page() async throws(S3Error) -> HTTPResponse {
        guard head.method == .get || head.method == .head else {
            throw S3Error(
                .methodNotAllowed, fields: ["Method": head.method.rawValue, "ResourceType": "OBJECT"],
                headers: ["allow": "GET, HEAD"])
        }
        let bucket: Bucket
        do {
            bucket = try service.store.bucket(bucketName)
        } catch {
            throw S3Error(error, bucket: bucketName)
        }
        notes?.bucketOwner = bucket.owner
        let asked = try askedKey()
        notes?.request = try request(for: asked)
        guard let configuration = try service.website(of: bucket) else {
            throw S3Error(.noSuchWebsiteConfiguration, fields: ["BucketName": bucket.name])
        }
        switch configuration.content {
        case .redirect(let target):
            return redirect(301, to: target.address(path: encoded(asked), of: head))
        case .pages(let pages):
            if let rule = pages.rule(for: asked, error: nil) {
                return redirect(rule.status, to: rule.address(for: asked, of: head))
            }
            return try await page(asked, of: pages, in: bucket)
        }
    }

    private func page(_ asked: [UInt8], of pages: WebsitePages, in bucket: Bucket) async throws(S3Error) -> HTTPResponse
    {
        let isFolder = asked.isEmpty || asked.last == UInt8(ascii: "/")
        let key = isFolder ? asked + Array(pages.index.utf8) : asked
        let refusal: S3Error
        do throws(S3Error) {
            return try await object(key, in: bucket)
        } catch {
            refusal = error
        }
        let status = refusal.code.status
        if !isFolder, status == 404 || status == 403,
            isReadable(asked + [UInt8(ascii: "/")] + Array(pages.index.utf8), in: bucket)
        {
            return redirect(302, to: "/" + String(decoding: encoded(asked), as: UTF8.self) + "/")
        }
        if let rule = pages.rule(for: asked, error: status) {
            return redirect(rule.status, to: rule.address(for: asked, of: head))
        }
        var page = WebsitePage(refusal: refusal, key: String(decoding: key, as: UTF8.self))
        // What speaks to programs (a range, a condition) is told to them.
        guard let error = pages.error, (400..<500).contains(status), status != 412, status != 416 else {
            return refused(page)
        }
        do throws(S3Error) {
            let response = try await object(Array(error.utf8), in: bucket, insteadOf: refusal)
            notes?.errorCode = refusal.code.wireName
            return response
        } catch {
            page.ofErrorDocument = (error, pages.error ?? "")
            return refused(page)
        }
    }

    private func refused(_ page: WebsitePage) -> HTTPResponse {
        notes?.errorCode = page.refusal.code.wireName
        var response = page.response(ids: ids)
        if head.method == .head { response.body = .empty }
        return response
    }

    private func redirect(_ status: Int, to location: String) -> HTTPResponse {
        var response = HTTPResponse(status: status)
        response.add("x-amz-request-id", ids.request)
        response.add("x-amz-id-2", ids.host)
        response.add("location", location)
        return response
    }

    // MARK: Keys

    /// The key that the path names; empty for the website itself.
    private func askedKey() throws(S3Error) -> [UInt8] {
        let path = head.slice(head.rawPath)
        guard path.first == UInt8(ascii: "/"), let key = PercentCoding.decode(path.dropFirst()),
            String(validating: key, as: UTF8.self) != nil
        else { throw S3Error(.invalidURI) }
        guard key.count <= ObjectKey.maximumLength else { throw S3Error.keyTooLong(length: key.count) }
        return key
    }

    /// A key as part of an address below the website: a slash at its beginning would make another host of it.
    private func encoded(_ key: [UInt8]) -> [UInt8] {
        var path: [UInt8] = []
        let slashes = key.prefix { $0 == UInt8(ascii: "/") }
        PercentCoding.encode(slashes, keepingSlash: false, into: &path)
        PercentCoding.encode(key.dropFirst(slashes.count), keepingSlash: true, into: &path)
        return path
    }

    /// The request as nobody would ask S3.
    private func request(for key: [UInt8]) throws(S3Error) -> VerifiedRequest {
        guard key.count <= ObjectKey.maximumLength else { throw S3Error.keyTooLong(length: key.count) }
        let resource: Resource
        do {
            resource = key.isEmpty ? .bucket(bucketName) : .object(bucket: bucketName, key: try ObjectKey(key))
        } catch {
            throw S3Error(error)
        }
        return service.authenticator.anonymous(try S3Request(page: head, resource: resource), id: ids.request)
    }

    // MARK: Objects

    private func reading(
        _ key: [UInt8], in bucket: Bucket
    ) throws(S3Error) -> (context: OperationContext, read: ObjectRead) {
        let request = try request(for: key)
        var context = OperationContext(
            service: service, request: request, rawBody: body, bucketOrNil: bucket, ids: ids, now: now, notes: notes)
        let authorized = try context.authorize("s3:GetObject")
        return (context, try ObjectRead(authorized))
    }

    /// The object as a page.
    /// - Parameter refusal: for the page that is shown with a refusal.
    private func object(
        _ key: [UInt8], in bucket: Bucket, insteadOf refusal: S3Error? = nil
    ) async throws(S3Error) -> HTTPResponse {
        var (context, read) = try reading(key, in: bucket)
        try UnservedHeaders.check(
            try S3Request(page: head, resource: context.request.resource),
            takesCustomerKeys: service.takesCustomerKeys(context.request))
        if refusal != nil {
            read.range = nil
            read.conditions = ReadConditions()
        }
        let found = try read.find(in: context)
        guard context.authorized?.isSettled == true else { throw S3Error(.accessDenied) }
        if let location = found.version.attributes.headers[.websiteRedirectLocation] {
            context.noteExamined(found.version)
            var address: [UInt8] = []
            WebsiteTarget.append(location, to: &address)
            return redirect(301, to: String(decoding: address, as: UTF8.self))
        }
        var response = HTTPResponse(status: 200)
        context.addRequestIDs(to: &response)
        read.encode(found, into: &response)
        if let refusal {
            response.status = refusal.code.status
            response.addWebsiteError(refusal)
        } else {
            notes?.request = context.request
        }
        if head.method == .head {
            context.noteExamined(found.version)
            if !found.isNotModified {
                response.body = .absent(length: found.range.upperBound - found.range.lowerBound)
            }
        } else {
            response.body = try await GetObject.body(of: found, in: context)
        }
        return response
    }

    /// Whether anybody may read the page.
    private func isReadable(_ key: [UInt8], in bucket: Bucket) -> Bool {
        do throws(S3Error) {
            let (context, _) = try reading(key, in: bucket)
            _ = try context.readableVersion(context.key(), version: nil, in: bucket)
            return true
        } catch {
            return false
        }
    }
}

extension S3Service {
    /// How a bucket is served as a website, decoded once for each change.
    func website(of bucket: Bucket) throws(S3Error) -> WebsiteConfiguration? {
        guard let document = store.bucketSetting(BucketSettingName.website.rawValue, of: bucket) else { return nil }
        return try decodedWebsites.value(of: bucket.id, from: document) { bytes throws(S3Error) in
            try WebsiteConfiguration(bytes)
        }
    }
}
