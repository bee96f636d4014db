// Why this file exists: master key and keyring are found in one way by the server and by `cairn kms`. Neither lies in
// the data folder unless somebody says so: who copies the folder must not get the keys with it.
private import FoundationEssentials
import ObjectCore
import S3Gateway

/// Opens the keyring that the settings name.
enum KeyringLoader {
    /// What the commands on the keyring take as options.
    static let options: [OptionSpecification] =
        Setting.all.filter { ["master-key-file", "keyring"].contains($0.name) }.map(\.option)
        + [OptionSpecification("config", "FILE", "read settings from here")]

    static func load(_ settings: ResolvedSettings) throws(CommandFailure) -> Keyring {
        let text = settings.text("master-key")
        let file = masterKeyFile(settings)
        let masterKeys: [SymmetricKey]
        switch (file, text) {
        case (nil, nil): masterKeys = []
        case (_?, _?):
            throw CommandFailure(
                .configuration, "there are two master keys: master-key-file and CAIRN_MASTER_KEY",
                advice: "give one of them")
        case (let path?, nil): masterKeys = try parse(try read(path), from: path)
        case (nil, let text?): masterKeys = try parse(text.replacing(",", with: "\n"), from: "CAIRN_MASTER_KEY")
        }
        do throws(StoreError) {
            return try Keyring(
                masterKeys: masterKeys, path: settings.text("keyring") ?? file.map { $0 + ".keyring" })
        } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    /// The master key file, made in its default place when nobody named one.
    static func masterKeyFile(_ settings: ResolvedSettings) -> String? {
        guard let path = settings.text("master-key-file"), path != "off" else { return nil }
        guard settings["master-key-file"].origin == .byDefault else { return path }
        return settings.text("master-key") == nil && MasterKeyPlace.ensureFile(path) ? path : nil
    }

    /// What an operator should know before a client finds out.
    static func warnings(_ keyring: Keyring) -> [String] {
        let lost = ((try? keyring.entries()) ?? []).filter { !$0.isUsable }
        return lost.map { "version \($0.version) of the key \($0.name) is under a master key that was not given" }
    }

    private static func read(_ path: String) throws(CommandFailure) -> String {
        guard let data = try? Data(contentsOf: URL(filePath: path)), let text = String(data: data, encoding: .utf8)
        else {
            throw CommandFailure(
                .configuration, "the master key file \(path) cannot be read",
                advice: "make one with: openssl rand -hex 32 > \(path) && chmod 600 \(path)")
        }
        return text
    }

    private static func parse(_ text: String, from place: String) throws(CommandFailure) -> [SymmetricKey] {
        guard let keys = Keyring.masterKeys(in: text) else {
            throw CommandFailure(
                .configuration, "\(place) holds no master key",
                advice: "a key is 32 bytes in hexadecimal or Base64, one a line, the one in use last")
        }
        return keys
    }
}
