// Why this file exists: rules that a machine can hold are held by a machine, so that reviews are about the rest. Each
// exception stands here with its reason.
import Testing

@Suite struct HouseRulesTests {
    @Test("the tree is found")
    func found() {
        #expect(SourceTree.sources.count > 50)
        #expect(SourceTree.tests.contains { $0.path == "Tests/RepositoryTests/HouseRulesTests.swift" })
    }

    @Test("every file begins by saying why it exists", arguments: SourceTree.all)
    func header(file: SourceFile) {
        let first = file.lines.first ?? ""
        #expect(first.hasPrefix("// ") || first.hasPrefix("// swift-tools-version"), "\(file.path): \(first)")
    }

    @Test("nothing is left for later in the text", arguments: SourceTree.all)
    func noLeftovers(file: SourceFile) {
        // Spelt in two halves, so that this file passes its own rule.
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
        for (number, line) in file.lines.enumerated() {
            #expect(!marks.contains { line.contains($0) }, "\(file.path):\(number + 1)")
        }
    }

    @Test("a file of more than 500 lines has a second room in it", arguments: SourceTree.sources + SourceTree.tests)
    func fileLength(file: SourceFile) {
        #expect(file.lines.count <= 500, "\(file.path): \(file.lines.count) lines")
    }

    @Test("the package depends on nothing but the toolchain and four system libraries")
    func noPackages() throws {
        let manifest = try #require(SourceTree.read("Package.swift"))
        #expect(!manifest.lines.contains { $0.contains(".package(") })
        let libraries = manifest.lines.filter { $0.contains(".systemLibrary(") }
        #expect(libraries.count == 4)
    }

    @Test("no machine's paths are in the sources", arguments: SourceTree.all)
    func noMachinePaths(file: SourceFile) {
        let paths = ["/ho" + "me/", "/ro" + "ot/", "/wo" + "rk/", "/Us" + "ers/"]
        for (number, line) in file.lines.enumerated() {
            #expect(!paths.contains { line.contains($0) }, "\(file.path):\(number + 1)")
        }
    }

    @Test("the world's faults do not end the process", arguments: SourceTree.sources)
    func noTraps(file: SourceFile) {
        for (number, line) in file.lines.enumerated() {
            let code = line.split(separator: "//", omittingEmptySubsequences: false)[0]
            #expect(!code.contains("fatal" + "Error("), "\(file.path):\(number + 1)")
            #expect(!code.contains("try" + "!"), "\(file.path):\(number + 1)")
        }
    }

    @Test("unchecked concurrency tells its reason", arguments: SourceTree.sources)
    func uncheckedReasons(file: SourceFile) {
        for (number, line) in file.lines.enumerated() where line.contains("@unchecked Sendable") {
            guard !line.trimmed.hasPrefix("//") else { continue }
            // On the lines just before the declaration, or as the first of its body.
            let nearby =
                file.lines[max(0, number - 5)..<number] + file.lines[number...min(number + 1, file.lines.count - 1)]
            #expect(
                nearby.contains { $0.contains("// ") && $0.lowercased().contains("unchecked") },
                "\(file.path):\(number + 1)")
        }
    }
}

@Suite struct ImportRulesTests {
    /// Which folders may import which C module; the rest goes through them.
    static let doors: [(module: String, folders: [String])] = [
        ("CSQLite", ["Sources/ObjectCore/Database/"]),
        // Digests and signatures; the cipher of encrypted objects; TLS.
        ("COpenSSL", ["Sources/ObjectCore/Digests/", "Sources/ObjectCore/Encryption/", "Sources/S3Gateway/Server/"]),
        ("CZlib", ["Sources/ObjectCore/Digests/", "Sources/ObjectCore/Archive/"]),
        // System calls; the carry-less multiplication that CRCs fold with.
        ("CSystem", ["Sources/ObjectCore/IO/", "Sources/ObjectCore/Digests/", "Sources/S3Gateway/Server/"]),
    ]

    @Test("C modules are imported behind their doors only", arguments: SourceTree.sources)
    func doors(file: SourceFile) {
        for door in Self.doors where file.imports.contains(door.module) {
            #expect(
                door.folders.contains { file.path.hasPrefix($0) },
                "\(file.path) imports \(door.module); its doors are \(door.folders)")
        }
    }

    @Test("libraries know only those below them", arguments: SourceTree.sources)
    func layers(file: SourceFile) {
        let forbidden: [(folder: String, modules: Set<String>)] = [
            ("Sources/ObjectCore/", ["Lineage", "S3Gateway", "cairn"]),
            ("Sources/Lineage/", ["S3Gateway", "cairn"]),
            ("Sources/S3Gateway/", ["cairn"]),
        ]
        for rule in forbidden where file.path.hasPrefix(rule.folder) {
            #expect(file.imports.isDisjoint(with: rule.modules), "\(file.path)")
        }
    }

    @Test("Foundation stays off the hot path", arguments: SourceTree.sources)
    func foundation(file: SourceFile) {
        guard !file.imports.isDisjoint(with: ["Foundation", "FoundationEssentials"]) else { return }
        // Administration and the command line; the JSON of a POST policy, once for each form upload, of an encryption
        // context, once for each request that has one, and of a batch of reads.
        let allowed = [
            "Sources/cairn/", "Sources/S3Gateway/Admin/", "Sources/S3Gateway/Auth/PostPolicy.swift", "Sources/Lineage/",
            "Sources/S3Gateway/Operations/Encryption/EncryptionContext.swift",
            "Sources/S3Gateway/Operations/Batch/BatchItems.swift",
        ]
        #expect(allowed.contains { file.path.hasPrefix($0) }, "\(file.path)")
    }
}

@Suite struct OperationFilesTests {
    @Test("each operation is a file, and each operation file is in the table")
    func table() throws {
        let table = try #require(SourceTree.read("Sources/S3Gateway/Routing/OperationTable.swift"))
        let listed = Set(
            table.lines.compactMap { line -> String? in
                let word = line.trimmed
                return word.hasSuffix(".self,") ? String(word.dropLast(".self,".count)) : nil
            })
        #expect(!listed.isEmpty)
        let files = SourceTree.sources.filter { $0.path.hasPrefix("Sources/S3Gateway/Operations/") }
        // Operations that answer alike share a protocol that refines S3Operation.
        var protocols: Set<String> = ["S3Operation"]
        for line in files.flatMap(\.lines) where line.hasPrefix("protocol ") && line.contains(": S3Operation") {
            protocols.insert(String(line.dropFirst("protocol ".count).prefix { $0 != ":" }))
        }
        var declared: [String: String] = [:]
        for file in files {
            for line in file.lines where line.hasPrefix("struct ") {
                let words = line.split { " :,{".contains($0) }.map { String($0) }
                if words.dropFirst(2).contains(where: { protocols.contains($0) }) { declared[words[1]] = file.path }
            }
        }
        for (operation, path) in declared { #expect(listed.contains(operation), "\(path) is in no table line") }
        for operation in listed { #expect(declared[operation] != nil, "\(operation) is in no operation file") }
    }

    @Test("each command is in the table of commands")
    func commands() throws {
        let table = try #require(SourceTree.read("Sources/cairn/Commands/Command.swift"))
        for file in SourceTree.sources where file.path.hasPrefix("Sources/cairn/Commands/") {
            for line in file.lines where line.hasPrefix("struct ") && line.contains(": Command {") {
                let name = line.dropFirst("struct ".count).prefix { $0 != ":" }
                #expect(table.lines.contains { $0.trimmed == "\(name).self," }, "\(name)")
            }
        }
    }
}

@Suite struct DocumentationTests {
    private static let kinds = [
        "func", "var", "let", "struct", "class", "enum", "protocol", "init", "typealias", "actor",
    ]
    /// Their meaning is that of the protocol or the type that they belong to.
    private static let selfEvident = ["description", "debugDescription", "customMirror", "errorDescription"]

    @Test("public types, functions and protocols are documented", arguments: SourceTree.sources)
    func publicDeclarations(file: SourceFile) {
        guard !file.path.hasPrefix("Sources/cairn/") else { return }
        for (number, line) in file.lines.enumerated() {
            let words = line.trimmed.split(separator: " ")
            guard words.first == "public",
                let kind = words.first(where: { Self.kinds.contains(String($0.prefix { $0 != "(" && $0 != "?" })) })
            else { continue }
            // A value whose name and type say it all needs no sentence; a type or a function does.
            guard ["func", "struct", "class", "enum", "protocol", "actor"].contains(String(kind)) else { continue }
            guard !Self.selfEvident.contains(where: { line.contains($0) }), !line.contains("static func ==") else {
                continue
            }
            guard !Self.isRequirement(line) else { continue }
            var above = number - 1
            while above >= 0, file.lines[above].trimmed.hasPrefix("@") || file.lines[above].trimmed.hasPrefix("// ") {
                above -= 1
            }
            let isDocumented = above >= 0 && file.lines[above].trimmed.hasPrefix("///")
            #expect(isDocumented, "\(file.path):\(number + 1): \(line.trimmed)")
        }
    }

    /// Names of functions that some protocol of ours asks for: documented there.
    private static let requirements: Set<String> = {
        var names: Set<String> = ["hash", "encode", "makeAsyncIterator", "makeIterator"]
        for file in SourceTree.sources {
            var isInProtocol = false
            for line in file.lines {
                if line.contains("protocol ") && line.hasSuffix("{") { isInProtocol = true }
                if line == "}" { isInProtocol = false }
                if isInProtocol, let name = functionName(line) { names.insert(name) }
            }
        }
        return names
    }()

    private static func functionName(_ line: String) -> String? {
        let words = line.trimmed.split(separator: " ")
        guard let keyword = words.firstIndex(of: "func"), keyword + 1 < words.count else { return nil }
        return String(words[keyword + 1].prefix { $0 != "(" && $0 != "<" })
    }

    private static func isRequirement(_ line: String) -> Bool {
        line.contains("func <") || functionName(line).map { requirements.contains($0) } == true
    }

    @Test("the documents that the code names exist")
    func documents() {
        for file in SourceTree.sources {
            for line in file.lines {
                for word in line.split(whereSeparator: { " ,;:()`\"".contains($0) }) where word.hasPrefix("docs/") {
                    var path = word
                    while path.last == "." { path.removeLast() }
                    guard path.hasSuffix(".md") else { continue }
                    #expect(SourceTree.read(String(path)) != nil, "\(file.path) names \(path)")
                }
            }
        }
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
