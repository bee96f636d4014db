// Why this file exists: what a batch read asks for, decoded strictly: a member that is not known could be a condition,
// and is refused rather than ignored.
private import FoundationEssentials
import ObjectCore

/// One item of the request. What is wrong with an item alone becomes its entry, not the request's refusal.
struct BatchItem: Sendable {
    var keyText: String
    var key: ObjectKey
    var version: VersionID?
    var range: ByteRange?
}

enum BatchItems {
    /// The most items of one request.
    static let countMaximum = 10_000
    /// The longest request document, in bytes.
    static let documentMaximum = 4 << 20

    /// - Throws: InvalidRequest with what is wrong with the document.
    static func decode(_ document: [UInt8]) throws(S3Error) -> [(keyText: String, item: Result<BatchItem, S3Error>)] {
        let wire: WireDocument
        do {
            wire = try JSONDecoder().decode(WireDocument.self, from: Data(document))
        } catch {
            throw S3Error(
                .invalidRequest,
                "The body must be a JSON object {\"items\":[{\"key\":…,\"versionId\":…,\"range\":…}]} without other "
                    + "members.")
        }
        guard wire.items.count <= countMaximum else {
            throw S3Error(
                .invalidRequest, "A batch has at most \(countMaximum) items.",
                fields: ["MaxItemsAllowed": String(countMaximum), "ProposedItems": String(wire.items.count)])
        }
        return wire.items.map { item in (item.key, result(item)) }
    }

    private static func result(_ wire: WireItem) -> Result<BatchItem, S3Error> {
        do throws(S3Error) {
            let key: ObjectKey
            do {
                key = try ObjectKey(wire.key)
            } catch {
                throw S3Error(error)
            }
            var item = BatchItem(keyText: wire.key, key: key)
            if let text = wire.versionId {
                guard let version = VersionID(text) else {
                    throw .invalidArgument("Invalid version id specified", name: "versionId", value: text)
                }
                item.version = version
            }
            if let text = wire.range {
                guard let range = ByteRange(text.utf8) else {
                    throw .invalidArgument("The range must be of the form bytes=first-last.", name: "range", value: text)
                }
                item.range = range
            }
            return .success(item)
        } catch {
            return .failure(error)
        }
    }

    private struct WireDocument: Decodable {
        var items: [WireItem]

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: AnyName.self)
            try AnyName.check(container.allKeys, known: ["items"])
            items = try container.decode([WireItem].self, forKey: AnyName("items"))
        }
    }

    private struct WireItem: Decodable {
        var key: String
        var versionId: String?
        var range: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: AnyName.self)
            try AnyName.check(container.allKeys, known: ["key", "versionId", "range"])
            key = try container.decode(String.self, forKey: AnyName("key"))
            versionId = try container.decodeIfPresent(String.self, forKey: AnyName("versionId"))
            range = try container.decodeIfPresent(String.self, forKey: AnyName("range"))
        }
    }

    /// A member's name, whatever it is.
    private struct AnyName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }

        static func check(_ names: [AnyName], known: Set<String>) throws {
            for name in names where !known.contains(name.stringValue) {
                throw DecodingError.dataCorrupted(.init(codingPath: [name], debugDescription: "unknown member"))
            }
        }
    }
}
