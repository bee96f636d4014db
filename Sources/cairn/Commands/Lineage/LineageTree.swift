// Why this file exists: a closure as people read it: a tree of versions with the runs between them, sizes, and a mark for
// why each line is believed. What has been shown once is not unfolded again.
import Lineage
import ObjectCore

/// Draws an answer as a tree.
struct LineageTree {
    /// Lines, at most; a larger answer is for --json.
    static let linesMaximum = 10_000
    /// Levels, at most: as far as a screen can be scrolled sideways.
    static let levelsMaximum = 128

    private struct Link {
        var node: Int
        var kind: String
        var evidence: String
        var bytes: Int64?
    }

    private let nodes: [JSONDocument]
    private var links: [[Link]]
    private let isDownstream: Bool

    init(_ answer: JSONDocument) {
        nodes = answer["nodes"]?.elements ?? []
        links = Array(repeating: [], count: nodes.count)
        var places: [String: Int] = [:]
        for (index, node) in nodes.enumerated() { places[node["id"]?.text ?? ""] = index }
        isDownstream = answer["direction"]?.text == "downstream"
        for edge in answer["edges"]?.elements ?? [] {
            guard let from = places[edge["from"]?.text ?? ""], let to = places[edge["to"]?.text ?? ""] else { continue }
            let link = Link(
                node: isDownstream ? from : to, kind: edge["kind"]?.text ?? "",
                evidence: edge["evidence"]?.text ?? "", bytes: edge["bytes"]?.integer)
            links[isDownstream ? to : from].append(link)
        }
        for index in links.indices { links[index].sort { $0.node < $1.node } }
    }

    var text: String {
        guard !nodes.isEmpty else { return "" }
        var lines: [String] = []
        var shown: Set<Int> = []
        for (index, node) in nodes.enumerated() where index == 0 || node["depth"]?.integer == 0 {
            if shown.contains(index) { continue }
            lines.append(LineageTree.title(node))
            shown.insert(index)
            draw(index, prefix: "", level: 0, &lines, &shown)
        }
        lines.append("")
        lines.append(LineageTree.legend)
        return lines.joined(separator: "\n")
    }

    static let legend = "● observed  ◐ inferred  ○ declared"

    private func draw(
        _ index: Int, prefix: String, level: Int, _ lines: inout [String], _ shown: inout Set<Int>
    ) {
        guard level < LineageTree.levelsMaximum else {
            lines.append(prefix + "… use --json for the rest")
            return
        }
        for (place, link) in links[index].enumerated() {
            guard lines.count < LineageTree.linesMaximum else {
                if lines.count == LineageTree.linesMaximum { lines.append("… use --json for the rest") }
                return
            }
            let isLast = place == links[index].count - 1
            let isNew = shown.insert(link.node).inserted
            let hasMore = !links[link.node].isEmpty
            lines.append(
                prefix + (isLast ? "└─ " : "├─ ") + LineageTree.mark(link.evidence) + " "
                    + LineageTree.words(link, isDownstream) + LineageTree.title(nodes[link.node])
                    + (isNew || !hasMore ? "" : "  (above)"))
            if isNew {
                draw(link.node, prefix: prefix + (isLast ? "   " : "│  "), level: level + 1, &lines, &shown)
            }
        }
    }

    static func mark(_ evidence: String) -> String {
        switch evidence {
        case "observed": "●"
        case "inferred": "◐"
        default: "○"
        }
    }

    private static func words(_ link: Link, _ isDownstream: Bool) -> String {
        if isDownstream {
            switch link.kind {
            case "used": return link.bytes.map { "\(ByteText.text($0)) read by " } ?? "read by "
            case "copiedFrom": return "copied to "
            case "assembledFrom", "derivedFrom": return "made into "
            default: break
            }
        }
        return switch link.kind {
        case "used": link.bytes.map { "read \(ByteText.text($0)) of " } ?? "read "
        case "generated": ""
        case "copiedFrom": "copied from "
        case "assembledFrom": "assembled from "
        case "derivedFrom": "derived from "
        default: "\(link.kind) "
        }
    }

    static func title(_ node: JSONDocument) -> String {
        switch node["kind"]?.text {
        case "version":
            var text = "s3://\(node["bucket"]?.text ?? "")/\(node["key"]?.text ?? "")"
            if node["isErased"]?.boolean == true { text += "  (a commitment: the key was erased)" }
            text += "  \(ByteText.text(node["size"]?.integer ?? 0))"
            text += "  \(node["versionId"]?.text ?? "")"
            if let removal = node["removal"]?.text { text += "  (\(removal))" }
            if let until = node["retainUntil"]?.text { text += "  locked until \(until.prefix(10))" }
            if node["legalHold"]?.boolean == true { text += "  on hold" }
            return printable(text)
        case "run":
            let name = node["job"]?.text ?? "unnamed"
            let namespace = node["namespace"]?.text.map { $0 == Job.defaultNamespace ? "" : "\($0)/" } ?? ""
            var text = "run \(namespace)\(name)  \(node["run"]?.text ?? "")  \(node["status"]?.text ?? "")"
            if let code = node["exitCode"]?.integer, code != 0 { text += " (\(code))" }
            if node["isImplicit"]?.boolean == true { text = "run of key \(node["accessKey"]?.text ?? "nobody")" }
            return printable(text)
        case "restricted": return "(of another account)"
        default: return printable(node["id"]?.text ?? "")
        }
    }

    /// A key may hold anything, also what would drive a terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? "\u{FFFD}" : $0 }))
    }
}
