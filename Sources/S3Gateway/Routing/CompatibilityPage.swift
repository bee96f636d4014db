// Why this file exists: what is served and what is not must not be claimed twice. The part of docs/COMPATIBILITY.md
// between its two marks is written from the tables, and a test holds the page to them.

/// The generated part of docs/COMPATIBILITY.md.
enum CompatibilityPage {
    static let begin = "<!-- begin: written from the operation table -->"
    static let end = "<!-- end: written from the operation table -->"

    /// Everything between the marks.
    static var generated: String {
        var lines = [
            "## Served (\(OperationTable.served.count))", "", "| operation | request | permissions |", "|---|---|---|",
        ]
        for operation in OperationTable.served.sorted(by: { $0.name.description < $1.name.description }) {
            let permissions = operation.permissions.map { "`\($0)`" }.joined(separator: ", ")
            lines.append("| \(operation.name) | `\(operation.route)` | \(permissions.isEmpty ? "none" : permissions) |")
        }
        lines += [
            "", "## Known and not served (\(UnservedOperation.all.count))", "",
            "Each answers `501 NotImplemented` and names itself.", "", "| operation | request |", "|---|---|",
        ]
        for operation in UnservedOperation.all { lines.append("| \(operation.name) | `\(operation.route)` |") }
        lines += ["", "## Headers that are refused", ""]
        lines.append("`501 NotImplemented`, with the header's name: " + list(UnservedHeaders.names) + ".")
        lines.append("")
        lines.append(
            "Refused unless they say what holds anyway: "
                + UnservedHeaders.namesWithHarmlessValue.map { "`x-amz-\($0.name): \($0.harmless)`" }
                .joined(separator: ", ") + ".")
        lines.append("")
        lines.append(
            "Storage classes that are kept and told: " + StorageClass.served.map { "`\($0)`" }.joined(separator: ", ")
                + ". Known and refused with 501: "
                + StorageClass.unserved.map { "`\($0)`" }.joined(separator: ", ") + ".")
        for api in IdentityAPI.allCases {
            let names = IdentityActionTable.names(of: api).sorted()
            lines += ["", "## \(api.title) (\(names.count) actions)", "", names.joined(separator: ", ") + "."]
            let unserved = (IdentityActionTable.unserved[api] ?? []).sorted()
            lines += ["", "Known and answered `501 NotImplemented`: " + unserved.joined(separator: ", ") + "."]
        }
        return lines.joined(separator: "\n")
    }

    /// The page with its generated part renewed; nil when the marks are not there.
    static func renewed(_ page: String) -> String? {
        guard let start = page.firstRange(of: begin), let stop = page.firstRange(of: end),
            start.upperBound <= stop.lowerBound
        else { return nil }
        return "\(page[..<start.upperBound])\n\(generated)\n\(page[stop.lowerBound...])"
    }

    private static func list(_ names: [StaticString]) -> String {
        names.map { "`x-amz-\($0)`" }.joined(separator: ", ")
    }
}
