// Why this file exists: help is made from the declarations. Each text fits a screen of 80 by 24 where the command's
// options allow it; a test holds the width.

/// Writes help.
enum HelpText {
    static let widthMax = 80

    /// Help of one command.
    static func command(_ specification: CommandSpecification) -> String {
        var usage = "cairn \(specification.name)"
        for argument in specification.arguments { usage += " \(argument.name)" }
        if !specification.options.isEmpty { usage += " [options]" }
        if let rest = specification.rest { usage += " -- \(rest.name)" }
        var lines = ["\(specification.summary.prefix(1).uppercased())\(specification.summary.dropFirst()).", ""]
        lines.append("usage: \(usage)")
        lines.append("")
        var rows: [(String, String)] = specification.arguments.map { ($0.name, $0.help) }
        if let rest = specification.rest { rows.append((rest.name, rest.help)) }
        for option in specification.allOptions {
            let value = option.placeholder.map { " \($0)" } ?? ""
            rows.append(("--\(option.name)\(value)", option.help + (option.isRepeatable ? " (repeatable)" : "")))
        }
        lines.append(contentsOf: table(rows))
        if !specification.examples.isEmpty {
            lines.append("")
            lines.append("examples:")
            for example in specification.examples {
                lines.append("  \(example.line)")
                if !example.meaning.isEmpty { lines.append("      \(example.meaning)") }
            }
        }
        if !specification.notes.isEmpty {
            lines.append("")
            lines.append(contentsOf: specification.notes.flatMap { wrapped($0, width: widthMax) })
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Help of the program, or of a group of commands that begin with `prefix`.
    static func overview(_ commands: [CommandSpecification], prefix: [String]) -> String {
        var lines: [String] = []
        if prefix.isEmpty {
            lines.append("Cairn: an S3-compatible object store that remembers what was made from what.")
            lines.append("")
        }
        lines.append("usage: cairn \((prefix + ["COMMAND", "…"]).joined(separator: " "))")
        lines.append("")
        let shown = commands.filter { $0.path.starts(with: prefix) }
        lines.append(contentsOf: table(shown.map { ($0.name, $0.summary) }))
        lines.append("")
        lines.append("Each takes --help and --json.")
        if prefix.isEmpty {
            lines.append("")
            lines.append("first steps:")
            lines.append("  cairn serve ./data     make a store, print its key, serve on 127.0.0.1:9000")
            lines.append("  cairn check ./data     prove that its structure is whole")
            lines.append("")
            lines.append("exit codes:")
            lines.append(contentsOf: table(ExitCode.allCases.map { (String($0.rawValue), $0.meaning) }))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func table(_ rows: [(String, String)]) -> [String] {
        let column = min(28, (rows.map { $0.0.count }.max() ?? 0) + 2)
        var lines: [String] = []
        for (name, text) in rows {
            let pieces = wrapped(text, width: widthMax - column - 2)
            var first = pieces.first ?? ""
            if name.count + 2 > column {
                lines.append("  \(name)")
                first = String(repeating: " ", count: column) + first
            } else {
                first = name + String(repeating: " ", count: column - name.count) + first
            }
            lines.append("  \(first)")
            for piece in pieces.dropFirst() {
                lines.append(String(repeating: " ", count: column + 2) + piece)
            }
        }
        return lines
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty && line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        lines.append(line)
        return lines
    }
}
