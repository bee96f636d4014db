// Why this file exists: which value counts when several places name one. Order, the later wins: default, file,
// environment, option. A place that names a repeatable setting replaces all earlier values of it, so that nothing
// listens that the last word did not ask for. Each value remembers where it came from: `cairn config` shows it and
// every complaint names it.

/// A setting with the value that counts.
struct ResolvedSetting: Sendable, Equatable {
    /// Where a value came from.
    enum Origin: Sendable, Equatable, CustomStringConvertible {
        case byDefault
        case file(path: String, line: Int)
        case environment(variable: String)
        case option(String)

        var description: String {
            switch self {
            case .byDefault: "default"
            case .file(let path, let line): "\(path):\(line)"
            case .environment(let variable): "environment \(variable)"
            case .option(let name): "option --\(name)"
            }
        }
    }

    var name: String
    var values: [String]
    var origin: Origin
}

/// All settings.
struct ResolvedSettings: Sendable, Equatable {
    private(set) var settings: [ResolvedSetting]

    /// - Parameters:
    ///   - file: the path for messages, and what it holds.
    ///   - options: as the parser read them.
    init(
        file: (path: String, content: ConfigurationFile)?, environment: [String: String],
        options: [String: [String]]
    ) throws(CommandFailure) {
        settings = []
        for setting in Setting.all {
            var resolved = ResolvedSetting(
                name: setting.name, values: setting.environmentDefault(environment).map { [$0] } ?? setting.defaults,
                origin: .byDefault)
            if let file {
                let entries = file.content.entries.filter { $0.name == setting.name }
                if let last = entries.last {
                    resolved.values = entries.map(\.value)
                    resolved.origin = .file(path: file.path, line: last.line)
                }
            }
            // An empty variable counts as absent, as with AWS's tools.
            if let text = environment[setting.variable], !text.isEmpty {
                let pieces = text.split(separator: ",").map { String($0) }
                resolved.values = setting.isRepeatable ? pieces : [text]
                resolved.origin = .environment(variable: setting.variable)
            }
            if !setting.isSecret, let values = options[setting.name] {
                resolved.values = values
                resolved.origin = .option(setting.name)
            }
            for value in resolved.values {
                if let problem = setting.problem(value) {
                    let shown = setting.isSecret ? setting.variable : "\(setting.name) \"\(value)\""
                    throw CommandFailure(
                        resolved.origin == .option(setting.name) ? .usage : .configuration,
                        "\(shown) \(problem)", advice: "it comes from: \(resolved.origin)")
                }
            }
            settings.append(resolved)
        }
    }

    subscript(_ name: String) -> ResolvedSetting {
        // Every name asked for is a literal of this program; a wrong one is found by the first test that runs.
        guard let setting = settings.first(where: { $0.name == name }) else {
            preconditionFailure("no setting \(name)")
        }
        return setting
    }

    func text(_ name: String) -> String? { self[name].values.last }
}
