// Why this file exists: a command says what it takes as data; parsing, help and suggestions all read the same
// declaration, so that help cannot promise what the parser refuses.

/// An option or a flag of a command.
struct OptionSpecification: Sendable, Equatable {
    /// Without dashes.
    var name: String
    /// What stands for the value in help; nil makes it a flag.
    var placeholder: String?
    /// One line.
    var help: String
    /// Whether it may be given more than once.
    var isRepeatable = false

    init(_ name: String, _ placeholder: String? = nil, _ help: String, isRepeatable: Bool = false) {
        self.name = name
        self.placeholder = placeholder
        self.help = help
        self.isRepeatable = isRepeatable
    }

    /// Every command takes these.
    static let common = [
        OptionSpecification("json", nil, "answer (and fail) as JSON, for scripts"),
        OptionSpecification("help", nil, "show this text"),
    ]
}

/// A positional argument. All that are declared must be given.
struct ArgumentSpecification: Sendable, Equatable {
    /// In capitals, as help shows it.
    var name: String
    /// One line.
    var help: String

    init(_ name: String, _ help: String) {
        self.name = name
        self.help = help
    }

    static let data = ArgumentSpecification("DATA", "the folder of the store")
}

/// What a command is called and takes.
struct CommandSpecification: Sendable {
    /// The words that name the command, such as `key create`.
    var path: [String]
    /// What it does, in one line without a full stop.
    var summary: String
    var arguments: [ArgumentSpecification] = []
    /// What stands behind `--` and is left as it is, at least one word; nil when there is no such thing.
    var rest: ArgumentSpecification?
    /// Beside ``OptionSpecification/common``.
    var options: [OptionSpecification] = []
    /// Whole command lines with what they do.
    var examples: [(line: String, meaning: String)] = []
    /// What help adds at its end: exit codes, caveats.
    var notes: [String] = []

    var name: String { path.joined(separator: " ") }
    var allOptions: [OptionSpecification] { options + OptionSpecification.common }
}
