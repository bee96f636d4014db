// Why this file exists: reads the configuration file, whose whole grammar is: lines `name = value`; lines that are
// empty or begin with `#` or `;` say nothing. A value is the rest of its line without surrounding white space, so
// a path may hold anything but a line feed. Invariant: a line that is not understood is an error with its number,
// never skipped: a misspelt setting must not leave a server open.

/// The settings of a file.
struct ConfigurationFile: Equatable {
    /// One line.
    struct Entry: Equatable {
        var name: String
        var value: String
        /// Counted from 1.
        var line: Int
    }

    /// A line that is no setting.
    struct Problem: Error, Equatable {
        var line: Int
        /// What is wrong, one sentence without a full stop.
        var message: String
        var advice: String
    }

    static let bytesMax = 1 << 20
    private(set) var entries: [Entry] = []

    init(_ text: String) throws(Problem) {
        var seen: [String: Int] = [:]
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let content = ConfigurationFile.trimmed(line)
            guard let first = content.first, first != "#", first != ";" else { continue }
            guard let equals = content.firstIndex(of: "=") else {
                throw Problem(
                    line: number, message: "\"\(content)\" is no setting", advice: "write it as name = value")
            }
            let name = String(ConfigurationFile.trimmed(content[..<equals]))
            let value = String(ConfigurationFile.trimmed(content[content.index(after: equals)...]))
            guard let setting = Setting.named(name) else {
                let near = Suggestion.nearest(to: name, among: Setting.all.filter { !$0.isSecret }.map(\.name))
                throw Problem(
                    line: number, message: "there is no setting \(name)",
                    advice: near.map { "did you mean \($0)?" } ?? "see `cairn config` for all of them")
            }
            guard !setting.isSecret else {
                throw Problem(
                    line: number, message: "\(name) is a secret and not taken from files",
                    advice: "set \(setting.variable) in the environment")
            }
            guard !value.isEmpty else {
                throw Problem(
                    line: number, message: "\(name) has no value", advice: "leave the line out for the default")
            }
            if let earlier = seen[name], !setting.isRepeatable {
                throw Problem(
                    line: number, message: "\(name) was given in line \(earlier) already",
                    advice: "leave one of them out")
            }
            seen[name] = number
            entries.append(Entry(name: name, value: value, line: number))
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
