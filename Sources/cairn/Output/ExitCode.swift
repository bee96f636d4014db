// Why this file exists: scripts decide by exit codes, so they are few, listed in help, and never change meaning.
// See: 'man 3 sysexits.h' for those from 64 on.
import S3Gateway

/// How the program ends.
enum ExitCode: Int32, CaseIterable {
    case success = 0
    case foundProblems = 1
    case usage = 64
    case unavailable = 69
    case internalError = 70
    case inputOutput = 74
    case configuration = 78

    /// What help says.
    var meaning: String {
        switch self {
        case .success: "all is well"
        case .foundProblems: "the command ran and found problems, or what was named does not exist"
        case .usage: "the command line is wrong"
        case .unavailable: "the store is locked, read-only or not running, or an address is taken"
        case .internalError: "the program is wrong: please report it"
        case .inputOutput: "a file, disk or connection failed"
        case .configuration: "a setting is wrong, or the folder is not a store"
        }
    }

    /// The code for a store's or a server's failure.
    init(_ kind: OperatorError.Kind) {
        switch kind {
        case .notFound, .refused, .corrupt: self = .foundProblems
        case .invalid: self = .usage
        case .busy, .readOnly: self = .unavailable
        case .outOfSpace, .inputOutput: self = .inputOutput
        case .unusable: self = .configuration
        case .internal: self = .internalError
        }
    }
}

/// Why a command could not do its work.
struct CommandFailure: Error, Equatable {
    var code: ExitCode
    /// One sentence without a full stop.
    var message: String
    /// What to do next; may be empty.
    var advice: String

    init(_ code: ExitCode, _ message: String, advice: String = "") {
        self.code = code
        self.message = message
        self.advice = advice
    }

    init(_ error: OperatorError) {
        self.init(ExitCode(error.kind), error.message, advice: error.advice)
    }

    init(_ error: UsageError) {
        self.init(.usage, error.message, advice: error.advice)
    }

    /// What people read: `cairn: MESSAGE; ADVICE`.
    var sentence: String { advice.isEmpty ? "cairn: \(message)" : "cairn: \(message); \(advice)" }
}
