// Why this file exists: what help promises must hold for every command, also for those that come later.
import Testing

@testable import cairn

@Suite struct CommandTableTests {
    private static let specifications = CommandTable.all.map { $0.specification }

    @Test("each command has a path of its own, and none hides another")
    func paths() {
        let paths = Self.specifications.map(\.path)
        #expect(Set(paths).count == paths.count)
        for path in paths {
            #expect(!paths.contains { $0 != path && path.starts(with: $0) }, "\(path)")
            #expect(CommandRunner.find(path)?.specification.path == path)
        }
    }

    @Test("help fits a screen of 80 columns, and 24 lines but for serve's and config's settings")
    func helpFits() {
        for specification in Self.specifications {
            let lines = HelpText.command(specification).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.allSatisfy { $0.count <= HelpText.widthMax }, "\(specification.name)")
            let linesMax = specification.options.count > 8 ? 96 : 24
            #expect(lines.count <= linesMax, "\(specification.name): \(lines.count)")
        }
        let overview = HelpText.overview(Self.specifications, prefix: []).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(overview.allSatisfy { $0.count <= HelpText.widthMax })
    }

    @Test("help names every argument, option and an example")
    func helpIsComplete() {
        for specification in Self.specifications {
            let help = HelpText.command(specification)
            for option in specification.allOptions { #expect(help.contains("--\(option.name)"), "\(option.name)") }
            for argument in specification.arguments { #expect(help.contains(argument.name)) }
            #expect(!specification.examples.isEmpty, "\(specification.name)")
            // Each note is a paragraph, which the help wraps itself.
            for note in specification.notes { #expect(".:?!".contains(note.last ?? " "), "\(note)") }
        }
    }

    @Test("examples are command lines that the parser takes")
    func examplesParse() throws {
        for specification in Self.specifications {
            for example in specification.examples where !example.line.contains("eval") {
                var words = example.line.split(separator: " ").map { String($0) }
                if let redirection = words.firstIndex(of: ">") { words.removeSubrange(redirection...) }
                #expect(words.first == "cairn")
                words.removeFirst(1 + specification.path.count)
                _ = try ArgumentParser.parse(words, for: specification)
            }
        }
    }

    @Test("no two options of a command share a name")
    func optionNames() {
        for specification in Self.specifications {
            let names = specification.allOptions.map(\.name)
            #expect(Set(names).count == names.count, "\(specification.name)")
        }
    }
}

@Suite struct CommandRunnerTests {
    @Test(
        "wrong command lines end with exit code 64",
        arguments: [
            [], ["sevre"], ["key"], ["key", "lst"], ["serve"], ["check"], ["serve", "d", "--wrong"],
            ["stats", "a", "b"],
            ["serve", "d", "--listen", "nowhere"],
        ])
    func usage(words: [String]) async {
        #expect(await CommandRunner.run(words, environment: [:]) == .usage)
    }

    @Test(
        "help ends with exit code 0, whatever else is missing",
        arguments: [["--help"], ["serve", "--help"], ["key", "--help"], ["help", "scrub"], ["key", "create", "-h"]])
    func help(words: [String]) async {
        #expect(await CommandRunner.run(words, environment: [:]) == .success)
    }

    @Test("a folder without a store is a configuration error, and none is made")
    func noStore() async {
        for command in ["check", "scrub", "gc", "stats"] {
            #expect(await CommandRunner.run([command, "/nonexistent/store"], environment: [:]) == .configuration)
        }
    }

    @Test("an unreadable configuration file is a configuration error")
    func noFile() async {
        let code = await CommandRunner.run(["config", "--config", "/nonexistent.conf"], environment: [:])
        #expect(code == .configuration)
    }
}
