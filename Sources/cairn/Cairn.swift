// Why this file exists: where the program begins and ends.
private import FoundationEssentials
private import Glibc

/// The `cairn` program.
@main
struct Cairn {
    /// As `cairn version` tells it.
    static let version = "0.1.0"

    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        let code = await CommandRunner.run(words, environment: ProcessInfo.processInfo.environment)
        exit(code.rawValue)
    }
}
