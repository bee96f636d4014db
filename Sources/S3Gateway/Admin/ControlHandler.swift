// Why this file exists: a running server holds the store alone, so commands on it go through the server. Whoever can
// open the socket DATA/control.sock (mode 0600) owns the data anyway, so the socket is the authorization; this
// handler must never be given to a TCP listener, and refuses requests that did not come over a unix socket.
private import FoundationEssentials
import ObjectCore

/// Answers the requests of `cairn key`, `snapshot`, `commitments`, `audit`, `check`, `scrub`, `gc`, `lifecycle`, `clock`
/// and `stats`, and all of ``AdminHandler``'s.
public struct ControlHandler: HTTPHandler {
    /// A key request is a small document.
    static let bodyBytesMax = 16 << 10
    /// What ``RequestHead/remoteAddress`` says of a unix socket.
    static let unixAddress = "unix"

    private let store: any AdministeredStore
    private let maintenance: MaintenanceRunner
    private let admin: AdminHandler
    private let audit: AuditDesk?

    /// - Parameters:
    ///   - store: what is administered.
    ///   - maintenance: runs what reads much of it.
    ///   - admin: answers everything outside `/control/`.
    ///   - audit: answers about the log; nil to know nothing of it.
    public init(
        store: any AdministeredStore, maintenance: MaintenanceRunner, admin: AdminHandler, audit: AuditDesk? = nil
    ) {
        self.store = store
        self.maintenance = maintenance
        self.admin = admin
        self.audit = audit
    }

    public func respond(to head: RequestHead, body: any RequestBody) async -> HandledResponse {
        let path = head.text(head.rawPath)
        guard path.hasPrefix("/control/") else { return await admin.respond(to: head, body: body) }
        guard head.remoteAddress == ControlHandler.unixAddress else {
            return HandledResponse(
                AdminResponse.error(403, OperatorError(.refused, "control is served on the unix socket only")))
        }
        do throws(OperatorError) {
            return HandledResponse(try await answer(head.method, path.dropFirst("/control/".count), body: body))
        } catch {
            return HandledResponse(AdminResponse.error(error))
        }
    }

    public func refusal(status: Int, reason: String) -> HTTPResponse {
        admin.refusal(status: status, reason: reason)
    }

    private func answer(
        _ method: HTTPMethod, _ path: Substring, body: any RequestBody
    ) async throws(OperatorError) -> HTTPResponse {
        if path.hasPrefix("snapshots") || path == "clones", let store = store as? any AdministeredSnapshots {
            let body = try await collect(body)
            let control = SnapshotControl(store: store, origin: ControlHandler.origin)
            if let answer = try await control.answer(method, path, body: body) { return answer }
        }
        if path.hasPrefix("commitments"), let store = store as? ObjectStore {
            let desk = CommitmentDesk(store: store, origin: ControlHandler.origin)
            if let answer = try await desk.answer(method, path, body: try await collect(body)) { return answer }
        }
        switch (method, path) {
        case (.post, "audit"):
            guard let audit else { throw unknown(path) }
            return try await audit.answer(try await collect(body), origin: ControlHandler.origin)
        case (.get, "keys"):
            return AdminResponse.json(200, store.accessKeys().map { ControlKey($0, withSecret: false) })
        case (.post, "keys"):
            return try await createKey(body)
        case (.get, "stats"):
            return try await statistics()
        case (.get, "clock"):
            return AdminResponse.json(200, ControlClock(store.clockReading))
        case (.post, "clock"):
            do throws(StoreError) {
                return AdminResponse.json(
                    200, ControlClock(try await store.confirmClock(origin: ControlHandler.origin)))
            } catch {
                throw OperatorError(error)
            }
        case (.delete, _) where path.hasPrefix("keys/"):
            return try await revokeKey(String(path.dropFirst("keys/".count)))
        case (.post, _):
            guard let kind = MaintenanceKind(rawValue: String(path)) else { throw unknown(path) }
            return stream(kind)
        default:
            throw unknown(path)
        }
    }

    private func unknown(_ path: Substring) -> OperatorError {
        OperatorError(
            .notFound, "this server knows no control request \(path)",
            advice: "use the `cairn` of the same version as the server")
    }

    private func collect(_ body: any RequestBody) async throws(OperatorError) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(BodyError) {
            while let more = try await body.next(maximum: ControlHandler.bodyBytesMax) {
                bytes.append(contentsOf: more)
                guard bytes.count <= ControlHandler.bodyBytesMax else { break }
            }
        } catch {
            throw OperatorError(.invalid, "the request was cut off")
        }
        guard bytes.count <= ControlHandler.bodyBytesMax else {
            throw OperatorError(.invalid, "the request is too long")
        }
        return bytes
    }

    private func createKey(_ body: any RequestBody) async throws(OperatorError) -> HTTPResponse {
        let bytes = try await collect(body)
        guard
            let request = try? JSONDecoder().decode(ControlKeyRequest.self, from: Data(bytes))
        else { throw OperatorError(.invalid, "the request is no key request") }
        do throws(StoreError) {
            let key = try await store.createAccessKey(
                account: request.account, displayName: request.displayName, id: nil, secret: nil,
                origin: ControlHandler.origin)
            return AdminResponse.json(201, ControlKey(key, withSecret: true))
        } catch {
            throw OperatorError(error)
        }
    }

    private func revokeKey(_ id: String) async throws(OperatorError) -> HTTPResponse {
        do throws(StoreError) {
            try await store.revokeAccessKey(id, origin: ControlHandler.origin)
            return HTTPResponse(status: 204)
        } catch {
            throw OperatorError(error)
        }
    }

    private func statistics() async throws(OperatorError) -> HTTPResponse {
        let store = self.store
        do {
            return AdminResponse.json(
                200, try await BlockingCall.run { try store.statistics() })
        } catch let error as StoreError {
            throw OperatorError(error)
        } catch {
            throw (error as? OperatorError) ?? OperatorError(.internal, "\(error)")
        }
    }

    /// Lines of progress and at the end the report. When the caller goes away, the run goes on to its end.
    private func stream(_ kind: MaintenanceKind) -> HTTPResponse {
        let maintenance = self.maintenance
        var response = HTTPResponse(
            status: 200,
            body: .stream { writer in
                let (lines, feed) = AsyncStream.makeStream(of: ControlLine.self, bufferingPolicy: .bufferingNewest(1))
                let run = Task { () -> ControlLine in
                    defer { feed.finish() }
                    do throws(OperatorError) {
                        return ControlLine(
                            try await maintenance.run(kind) { done, total in
                                feed.yield(ControlLine(progress: [done, total]))
                            })
                    } catch {
                        return ControlLine(error: error)
                    }
                }
                for await line in lines { try await writer.write(AdminResponse.encode(line) + [UInt8(ascii: "\n")]) }
                try await writer.write(AdminResponse.encode(await run.value) + [UInt8(ascii: "\n")])
            })
        response.add("Content-Type", "application/jsonl")
        return response
    }

    /// How the journal names changes that came over the socket.
    private static let origin = ChangeOrigin(remoteAddress: "control")
}
