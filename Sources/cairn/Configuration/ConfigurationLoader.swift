// Why this file exists: finds and reads the configuration file and puts the layers together, for `serve` and
// `config` alike.
private import FoundationEssentials
import ObjectCore

/// Reads all settings from where they are.
enum ConfigurationLoader {
    /// The variable that names the file when the option does not.
    static let fileVariable = "CAIRN_CONFIG"

    static func load(
        _ arguments: ParsedArguments, environment: [String: String]
    ) throws(CommandFailure) -> ResolvedSettings {
        let variable = environment[fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        var file: (path: String, content: ConfigurationFile)?
        if let path = arguments.option("config") ?? variable {
            file = (path, try read(path))
        }
        return try ResolvedSettings(file: file, environment: environment, options: arguments.options)
    }

    private static func read(_ path: String) throws(CommandFailure) -> ConfigurationFile {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw CommandFailure(
                .configuration, "the configuration file \(path) cannot be read",
                advice: "check the path and its permissions")
        }
        guard data.count <= ConfigurationFile.bytesMax, let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure(
                .configuration, "the configuration file \(path) is no UTF-8 text of at most 1 MiB",
                advice: "write lines of the form name = value")
        }
        do throws(ConfigurationFile.Problem) {
            return try ConfigurationFile(text)
        } catch {
            throw CommandFailure(.configuration, "\(path):\(error.line): \(error.message)", advice: error.advice)
        }
    }
}
