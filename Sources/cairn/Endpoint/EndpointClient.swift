// Why this file exists: what commands ask an endpoint: the lineage API, STS and objects, each signed as the caller.
private import Dispatch
private import FoundationEssentials
private import Glibc
import Lineage
import ObjectCore
import S3Gateway

/// An endpoint, and who asks it.
struct EndpointClient: Sendable {
    let address: EndpointAddress
    let credentials: EndpointCredentials
    private let connection: EndpointConnection
    private let region: String

    /// - Parameter environment: as every AWS client reads it.
    init(_ environment: [String: String]) throws(CommandFailure) {
        self.init(
            try EndpointAddress.of(environment), try EndpointCredentials.of(environment),
            region: environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1",
            authorities: environment["AWS_CA_BUNDLE"].flatMap { $0.isEmpty ? nil : $0 })
    }

    private init(
        _ address: EndpointAddress, _ credentials: EndpointCredentials, region: String, authorities: String?
    ) {
        self.address = address
        self.credentials = credentials
        self.region = region
        connection = EndpointConnection(address: address, authorities: authorities)
    }

    /// The same endpoint, asked with other credentials.
    func with(_ credentials: EndpointCredentials) -> EndpointClient {
        EndpointClient(address, credentials, region: region, authorities: connection.authorities)
    }

    // MARK: Lineage

    /// Asks the lineage API.
    /// - Parameters:
    ///   - path: behind `/_cairn/lineage/v1/`.
    ///   - query: parameters; those without a value are left out.
    func ask(_ path: String, _ query: [(name: String, value: String?)] = []) async throws(CommandFailure)
        -> JSONDocument
    {
        try EndpointClient.json(try await lineage(.get, path, query, body: nil))
    }

    /// The same for an answer that is no JSON.
    func text(_ path: String, _ query: [(name: String, value: String?)]) async throws(CommandFailure) -> String {
        String(decoding: try await lineage(.get, path, query, body: nil), as: UTF8.self)
    }

    /// Tells the lineage API something.
    func tell(_ path: String, _ document: JSONDocument) async throws(CommandFailure) -> JSONDocument {
        try EndpointClient.json(try await lineage(.post, path, [], body: document.encoded))
    }

    private func lineage(
        _ method: HTTPMethod, _ path: String, _ query: [(name: String, value: String?)], body: [UInt8]?
    ) async throws(CommandFailure) -> [UInt8] {
        let given = query.filter { $0.value != nil }
        let answer = try await send(
            method, "/_cairn/lineage/v1/\(path)", given, body: body ?? [],
            contentType: body.map { _ in "application/json" },
            service: "s3")
        guard answer.isSuccess else { throw failure(answer) }
        return answer.body
    }

    private static func json(_ bytes: [UInt8]) throws(CommandFailure) -> JSONDocument {
        do throws(JSONDocumentError) { return try JSONDocument(bytes) } catch {
            throw CommandFailure(.unavailable, "the server's answer is not understood: \(error)")
        }
    }

    /// The failure that an answer tells.
    private func failure(_ answer: EndpointAnswer) -> CommandFailure {
        var code = ""
        var message = "the server answered with status \(answer.status)"
        if let error = (try? JSONDocument(answer.body))?["error"] {
            code = error["code"]?.text ?? ""
            message = error["message"]?.text ?? message
        } else if let error = try? XMLReader.read(answer.body) {
            // S3's own form, and that of STS.
            let inner = error.child("Error") ?? error
            code = inner.text("Code") ?? ""
            message = inner.text("Message") ?? message
        }
        let exit: ExitCode
        switch answer.status {
        case 400: exit = .usage
        case 401, 403, 404, 409: exit = .foundProblems
        case 500: exit = .inputOutput
        default: exit = .unavailable
        }
        let advice =
            answer.status == 404 && code.isEmpty ? "is \(address.text) a Cairn server of this version?" : ""
        return CommandFailure(exit, code.isEmpty ? message : "\(code): \(message)", advice: advice)
    }

    // MARK: STS

    /// Calls STS.
    func security(_ action: String, _ parameters: [(String, String)] = []) async throws(CommandFailure) -> XMLElement {
        let form = ([("Action", action), ("Version", "2011-06-15")] + parameters).map { name, value in
            PercentCoding.encoded(name.utf8, keepingSlash: false) + "="
                + PercentCoding.encoded(value.utf8, keepingSlash: false)
        }.joined(separator: "&")
        let answer = try await send(
            .post, "/", [], body: Array(form.utf8), contentType: "application/x-www-form-urlencoded", service: "sts")
        guard answer.isSuccess else { throw failure(answer) }
        guard let root = try? XMLReader.read(answer.body), let result = root.child("\(action)Result") else {
            throw CommandFailure(.unavailable, "the answer to \(action) is not understood")
        }
        return result
    }

    // MARK: Objects

    /// Reads an object.
    /// - Parameter sink: takes its bytes as they come.
    func read(
        bucket: String, key: [UInt8], version: String?,
        sink: @escaping @Sendable ([UInt8]) throws(EndpointFailure) -> Void
    ) async throws(CommandFailure) -> EndpointAnswer {
        let path = "/\(bucket)/" + PercentCoding.encoded(key, keepingSlash: true)
        let query: [(name: String, value: String?)] = version.map { [("versionId", $0)] } ?? []
        let answer = try await send(.get, path, query, service: "s3", sink: sink)
        guard answer.isSuccess else { throw failure(answer) }
        return answer
    }

    // MARK: The exchange

    private func send(
        _ method: HTTPMethod, _ path: String, _ query: [(name: String, value: String?)], body: [UInt8] = [],
        contentType: String? = nil, service: String,
        sink: (@Sendable ([UInt8]) throws(EndpointFailure) -> Void)? = nil
    ) async throws(CommandFailure) -> EndpointAnswer {
        var headers: [(name: String, value: String)] = [("host", address.authority)]
        if let contentType { headers.append(("content-type", contentType)) }
        let signer = RequestSigner(
            accessKey: credentials.accessKey, secret: Secret(credentials.secret),
            sessionToken: credentials.sessionToken, region: region, service: service)
        headers += signer.headers(
            method: method, path: path, query: query, headers: headers, payload: Hex.encode(Digest.sha256(body)),
            now: Int64(time(nil)))
        headers.append(("user-agent", "cairn/\(Cairn.version)"))
        let text = query.map { item in
            PercentCoding.encoded(item.name.utf8, keepingSlash: false) + "="
                + PercentCoding.encoded((item.value ?? "").utf8, keepingSlash: false)
        }.joined(separator: "&")
        let request = EndpointRequest(method: method, path: path, query: text, headers: headers, body: body)
        let connection = connection
        let result = await BlockingWork.run { () throws(EndpointFailure) in
            try connection.exchange(request, sink: sink)
        }
        switch result {
        case .success(let answer): return answer
        case .failure(.unreachable(let what)):
            throw CommandFailure(
                .unavailable, "no server answers on \(what)",
                advice: "start `cairn serve`, or set AWS_ENDPOINT_URL; for a private authority, AWS_CA_BUNDLE")
        case .failure(.broken(let what)):
            throw CommandFailure(.inputOutput, "the connection to \(address.text) failed: \(what)")
        }
    }
}

/// Work that blocks, off the few threads that run tasks.
enum BlockingWork {
    static func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async -> Result<Value, Failure> {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(Failure) in try body() })
            }
        }
    }
}
