// Why this file exists: the house rules are checked on the text of the sources; this finds and reads them.
import Foundation
import Testing

/// One file of the repository.
struct SourceFile: CustomTestStringConvertible, Sendable {
    /// From the repository's root.
    let path: String
    let lines: [String]

    var testDescription: String { path }
    var name: String { String(path.split(separator: "/").last ?? "") }

    /// Modules that the file imports, with whatever access.
    var imports: Set<String> {
        var modules: Set<String> = []
        for line in lines {
            let words = line.split(separator: " ")
            guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
                words[..<keyword].allSatisfy({
                    $0 == "public" || $0 == "private" || $0 == "internal" || $0.hasPrefix("@")
                })
            else { continue }
            modules.insert(String(words[keyword + 1]))
        }
        return modules
    }
}

/// The files of the repository.
enum SourceTree {
    /// Found from this file's own place, so that tests run wherever the repository lies.
    static let root: String = {
        var url = URL(filePath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// Swift files under a folder, in the order of their paths.
    static func swiftFiles(under folder: String) -> [SourceFile] {
        let base = "\(root)/\(folder)"
        guard let paths = FileManager.default.enumerator(atPath: base) else { return [] }
        var files: [SourceFile] = []
        for case let path as String in paths {
            guard path.hasSuffix(".swift"), !path.contains(".build/") else { continue }
            if let file = read("\(folder)/\(path)") { files.append(file) }
        }
        return files.sorted { $0.path < $1.path }
    }

    static func read(_ path: String) -> SourceFile? {
        guard let text = try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) else { return nil }
        return SourceFile(
            path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) })
    }

    static let sources = swiftFiles(under: "Sources")
    static let tests = swiftFiles(under: "Tests")
    static let examples = swiftFiles(under: "Examples")
    static let all = sources + tests + examples
}
