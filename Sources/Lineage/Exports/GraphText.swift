// Why this file exists: answers as pictures: DOT for Graphviz, Mermaid for pages. Labels are short, ids are the places
// in the answer, and nothing that a key may hold can end a label.
import ObjectCore

extension LineageAnswer {
    /// See: https://graphviz.org/doc/info/lang.html
    public var dot: String {
        var text = "digraph lineage {\n  rankdir=RL;\n  node [fontname=\"sans-serif\"];\n"
        for (index, node) in nodes.enumerated() {
            let shape: String
            switch node.content {
            case .version: shape = "box"
            case .run: shape = "ellipse"
            case nil: shape = "diamond"
            default: shape = "plaintext"
            }
            let label = LineageAnswer.label(node.content).map(LineageAnswer.escapedForDOT).joined(separator: "\\n")
            text += "  n\(index) [shape=\(shape), label=\"\(label)\"\(index == 0 ? ", penwidth=2" : "")];\n"
        }
        for edge in edges {
            let style =
                switch edge.content.evidence {
                case .observed: "solid"
                case .inferred: "dashed"
                case .declared: "dotted"
                }
            text += "  n\(edge.from) -> n\(edge.to) [label=\"\(edge.content.kind.name)\", style=\(style)];\n"
        }
        if isPartial {
            let note = gaps.map { LineageAnswer.escapedForDOT($0.description) }.joined(separator: "\\n")
            text += "  label=\"\(note)\";\n"
        }
        return text + "}\n"
    }

    /// See: https://mermaid.js.org/syntax/flowchart.html
    public var mermaid: String {
        var text = "flowchart RL\n"
        for (index, node) in nodes.enumerated() {
            let label = LineageAnswer.label(node.content).map(LineageAnswer.escapedForMermaid)
                .joined(separator: "<br>")
            switch node.content {
            case .run: text += "  n\(index)([\"\(label)\"])\n"
            case nil: text += "  n\(index){{\"\(label)\"}}\n"
            default: text += "  n\(index)[\"\(label)\"]\n"
            }
        }
        for edge in edges {
            let arrow =
                switch edge.content.evidence {
                case .observed: "-->"
                case .inferred: "-.->"
                case .declared: "==>"
                }
            text += "  n\(edge.from) \(arrow)|\(edge.content.kind.name)| n\(edge.to)\n"
        }
        for gap in gaps { text += "  %% \(gap.description)\n" }
        return text
    }

    /// What a node is called in a picture, in lines.
    static func label(_ node: LineageNode?) -> [String] {
        switch node {
        case .version(let version):
            [version.address, "\(version.size) B, \(version.reference.versionID)"]
        case .run(let run): [run.job?.description ?? "run", run.id.description]
        case .job(let job): [job.description]
        case .agent(let agent): ["\(agent.kind.name) \(agent.name)"]
        case .prefix(let prefix): ["s3://\(prefix.bucket)/\(String(decoding: prefix.prefix, as: UTF8.self))*"]
        case nil: ["restricted"]
        }
    }

    private static func escapedForDOT(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case _ where scalar.value < 32 || scalar.value == 127: escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func escapedForMermaid(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "#", "<", ">", "&", "`": escaped += "#\(scalar.value);"
            case _ where scalar.value < 32 || scalar.value == 127: escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
