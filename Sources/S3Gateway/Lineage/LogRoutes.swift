// Why this file exists: the store's journal as a transparency log that auditors follow over HTTP, in the layout of
// https://c2sp.org/tlog-tiles. Hashes and checkpoints tell nothing of what they are over, so they are open; entries
// name accounts and keys, so they are for the server's owner, and proofs for the owner of the object.
import Lineage
import ObjectCore
import Synchronization

extension LineageRoutes {
    private static let octets = "application/octet-stream"
    private static let plain = "text/plain; charset=utf-8"

    static let log: [LineageRoute] = [
        LineageRoute(
            method: .get, path: "/_cairn/log/checkpoint", name: "checkpoint", tag: .log,
            summary: "The signed head of the log (C2SP tlog-checkpoint)", access: .open, produces: [plain],
            perform: .walking { call throws(LineageRefusal) in
                var reply = LineageReply(Array(try checkpoint(call).encoded.utf8), contentType: plain)
                reply.isStorable = false
                return reply
            }),
        LineageRoute(
            method: .get, path: "/_cairn/log/verifier-keys", name: "verifierKeys", tag: .log,
            summary: "The public keys of the log, one a line", access: .open, produces: [plain],
            perform: .walking { call throws(LineageRefusal) in
                let text = call.service.log.verifiers.map { "\($0)\n" }.joined()
                return LineageReply(Array(text.utf8), contentType: plain)
            }),
        LineageRoute(
            method: .get, path: "/_cairn/log/tile/entries/{path*}", name: "entries", tag: .log,
            summary: "A bundle of entries (C2SP tlog-tiles); for the server's owner",
            parameters: [path], produces: [octets],
            perform: .walking { call throws(LineageRefusal) in
                guard call.viewer == .all else {
                    throw LineageRefusal(403, "AccessDenied", "entries are the server owner's to read")
                }
                return try tile("tile/entries/\(call.values["path"] ?? "")", call)
            }),
        LineageRoute(
            method: .get, path: "/_cairn/log/tile/{path*}", name: "tile", tag: .log,
            summary: "A tile of hashes (C2SP tlog-tiles)", parameters: [path], access: .open, produces: [octets],
            perform: .walking { call throws(LineageRefusal) in
                let path = call.values["path"] ?? ""
                guard !path.hasPrefix("entries/") else { throw missing }
                return try tile("tile/\(path)", call)
            }),
        LineageRoute(
            method: .get, path: "/_cairn/log/proof", name: "proof", tag: .log,
            summary: "The proof that a version's creation is in the log (C2SP tlog-proof)",
            parameters: object.map { parameter in
                var parameter = parameter
                parameter.isRequired = false
                return parameter
            } + [.init(name: "index", help: "a journal index instead of an object; for the server's owner")],
            produces: [plain],
            perform: .walking { call throws(LineageRefusal) in
                let position: Int64
                if let index = try call.integer("index", in: 1...Int.max) {
                    guard call.viewer == .all else {
                        throw LineageRefusal(403, "AccessDenied", "entries are the server owner's to read")
                    }
                    position = Int64(index)
                } else {
                    let object = try call.object()
                    position = try call.ask { () throws(QuestionError) in
                        try call.questions.journalIndex(of: object, for: call.viewer)
                    }
                }
                let proof = try audited { try call.service.log.proof(ofPosition: position) }
                return LineageReply(Array(proof.encoded.utf8), contentType: plain)
            }),
        LineageRoute(
            method: .get, path: "/_cairn/log/consistency", name: "consistency", tag: .log,
            summary: "The proof that the log of one size begins with that of a smaller one (RFC 6962)",
            parameters: [
                .init(name: "from", help: "the smaller size", isRequired: true, type: "integer"),
                .init(name: "to", help: "the larger size", isRequired: true, type: "integer"),
            ], access: .open,
            perform: .walking { call throws(LineageRefusal) in
                guard let from = Int64(try call.required("from")), let to = Int64(try call.required("to")), from >= 0,
                    from <= to, to <= call.service.store.journalPosition
                else { throw LineageRefusal.invalid("from and to are sizes of the log, the smaller first") }
                let hashes = try audited { try call.service.log.consistencyProof(from: from, to: to) }
                return LineageReply(.members(["hashes": .array(hashes.map { .text(Base64.encode($0)) })]))
            }),
    ]

    private static let path = LineageRoute.Parameter(
        name: "path", help: "as tlog-tiles has it: 000 to x001/234, and .p/W for a part of a tile", isRequired: true,
        isInPath: true)

    private static let missing = LineageRefusal(404, "NotFound", "the log has no such tile")

    private static func tile(_ path: String, _ call: LineageCall) throws(LineageRefusal) -> LineageReply {
        guard let path = TilePath(path) else { throw missing }
        let bytes = try audited { () throws -> [UInt8]? in
            switch path {
            case .checkpoint: nil
            case .tile(let level, let number, let width):
                try call.service.log.tile(level: level, number: number, width: width)
            case .bundle(let number, let width): try call.service.log.bundle(number: number, width: width)
            }
        }
        guard let bytes else { throw missing }
        // A tile of any width is what it is for ever.
        var reply = LineageReply(bytes, contentType: octets)
        if case .bundle = path { reply.isStorable = false } else { reply.isImmutable = true }
        return reply
    }

    /// A checkpoint that is not older than a second: who asks without a pause makes no work.
    private static func checkpoint(_ call: LineageCall) throws(LineageRefusal) -> SignedNote {
        let now = call.now.milliseconds
        if let known = call.service.lastCheckpoint.withLock({ $0 }), abs(now - known.at) < 1000 { return known.note }
        let note = try audited { try call.service.log.checkpoint() }
        call.service.lastCheckpoint.withLock { $0 = (now, note) }
        return note
    }

    private static func audited<Value>(_ body: () throws -> Value) throws(LineageRefusal) -> Value {
        do { return try body() } catch let error as StoreError { throw LineageRefusal(error) } catch let error
            as AuditError
        { throw LineageRefusal(error) } catch { throw LineageRefusal(500, "InternalError", "\(error)") }
    }
}
