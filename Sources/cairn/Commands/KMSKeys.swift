// Why this file exists: what the commands on the keyring have in common.
import ObjectCore
import S3Gateway

extension ArgumentSpecification {
    static let keyName = ArgumentSpecification("NAME", "the name of the key, as clients give it")
}

/// Named keys at the command line.
enum KMSKeys {
    /// A version of a key, for scripts.
    struct Document: Encodable {
        var name: String
        var version: Int
        /// Milliseconds since 1970.
        var created: Int64
        var isUsable: Bool

        init(_ entry: Keyring.Entry) {
            name = entry.name
            version = entry.version
            created = entry.created.milliseconds
            isUsable = entry.isUsable
        }
    }

    static func keyring(
        _ arguments: ParsedArguments, in context: CommandContext
    ) throws(CommandFailure) -> Keyring {
        try KeyringLoader.load(try ConfigurationLoader.load(arguments, environment: context.environment))
    }

    static func entries(_ keyring: Keyring) throws(CommandFailure) -> [Keyring.Entry] {
        do throws(StoreError) { return try keyring.entries() } catch { throw CommandFailure(OperatorError(error)) }
    }

    static func add(
        _ arguments: ParsedArguments, in context: CommandContext, isNew: Bool
    ) throws(CommandFailure) -> ExitCode {
        let keyring = try keyring(arguments, in: context)
        let entry: Keyring.Entry
        do throws(StoreError) {
            entry = try keyring.addVersion(of: arguments.argument("NAME"), isNew: isNew)
        } catch {
            throw CommandFailure(OperatorError(error))
        }
        Terminal.printResult(context.isJSON ? Terminal.json(Document(entry)) : line(entry))
        return .success
    }

    static func line(_ entry: Keyring.Entry) -> String {
        let end = entry.isUsable ? "" : "  under another master key"
        return "\(entry.name)  version \(entry.version)  \(WireDate.extended(entry.created.milliseconds / 1000))\(end)"
    }
}
