// Why this file exists: lists of IAM come in pages; a marker says after which item the next page begins, so that what is
// made or deleted in between neither repeats nor hides an item.
import ObjectCore

/// Which part of a list is asked for.
struct Page: Sendable {
    private static let itemsDefault: Int64 = 100
    private static let itemsMax: Int64 = 1000

    private let after: String?
    private let maximum: Int

    /// Reads `Marker` and `MaxItems`.
    /// - Throws: ValidationError.
    init(_ parameters: inout QueryParameters) throws(IdentityError) {
        maximum = Int(try parameters.integer("MaxItems", in: 1...Page.itemsMax) ?? Page.itemsDefault)
        guard let marker = parameters.text("Marker") else {
            after = nil
            return
        }
        guard let bytes = Base64.decode(marker), let text = String(validating: bytes, as: UTF8.self) else {
            throw IdentityError.validation(marker, at: "Marker", "Member must be a marker of an answer before")
        }
        after = text
    }

    /// The part of `items` that is asked for, and the key of its last item when more follow.
    /// - Parameter key: grows from item to item, byte by byte.
    func cut<Item>(_ items: [Item], by key: (Item) -> String) -> (items: ArraySlice<Item>, next: String?) {
        var rest = items[...]
        if let after {
            rest = rest.drop { item in !after.utf8.lexicographicallyPrecedes(key(item).utf8) }
        }
        let page = rest.prefix(maximum)
        return (page, page.count < rest.count ? page.last.map(key) : nil)
    }

    /// Writes the end of a list.
    static func write(_ next: String?, to writer: inout XMLWriter) {
        writer.leaf("IsTruncated", next != nil)
        if let next { writer.leaf("Marker", Base64.encode(Array(next.utf8))) }
    }
}

/// A list with its end, as the content of a result.
func pagedResult<Item>(
    _ name: String, _ items: [Item], _ page: Page, by key: (Item) -> String,
    _ write: @escaping (Item, inout XMLWriter) -> Void
) -> IdentityResult {
    let (items, next) = page.cut(items, by: key)
    return { writer in
        writer.element(name: name) { writer in
            for item in items { writer.element("member") { write(item, &$0) } }
        }
        Page.write(next, to: &writer)
    }
}

/// Names in the order of lists.
extension IdentityEntity {
    var sortKey: String { name.lowercased() }

    /// Whether its path begins with `prefix`.
    func isUnder(_ prefix: String?) -> Bool { prefix.map { header.path.hasPrefix($0) } ?? true }
}
