// Why this file exists: shows what a server would be told and by whom, before it is started. What it prints is a
// configuration file that says the same.

/// `cairn config`
struct ConfigCommand: Command {
    static let specification = CommandSpecification(
        path: ["config"], summary: "show every setting, its value and where it comes from",
        options: Setting.options,
        examples: [
            ("cairn config", "what `cairn serve DATA` would use here"),
            ("cairn config --config cairn.conf > full.conf", "the same as a complete file"),
        ],
        notes: [
            "The later wins: default, file (--config or CAIRN_CONFIG), environment (CAIRN_LISTEN for listen, and "
                + "so on; lists separated by commas), option."
        ])

    private struct Line: Encodable {
        var name: String
        var values: [String]
        var origin: String
    }

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let resolved = try ConfigurationLoader.load(arguments, environment: context.environment)
        _ = try ServeConfiguration(resolved)
        let settings = resolved.settings.map(withoutSecret)
        if context.isJSON {
            Terminal.printResult(
                Terminal.json(settings.map { Line(name: $0.name, values: $0.values, origin: "\($0.origin)") }))
            return .success
        }
        Terminal.printResult(settings.map(text).joined(separator: "\n"))
        return .success
    }

    private static func withoutSecret(_ setting: ResolvedSetting) -> ResolvedSetting {
        var setting = setting
        if Setting.named(setting.name)?.isSecret == true && !setting.values.isEmpty { setting.values = ["(hidden)"] }
        return setting
    }

    /// Lines of a configuration file. What is off, and what a file may not hold, stands as a comment.
    private static func text(_ setting: ResolvedSetting) -> String {
        let isSecret = Setting.named(setting.name)?.isSecret == true
        var lines = ["# \(setting.name): \(setting.origin)"]
        if setting.values.isEmpty { lines.append("# \(setting.name) is off") }
        for value in setting.values { lines.append("\(isSecret ? "# " : "")\(setting.name) = \(value)") }
        return lines.joined(separator: "\n")
    }
}
