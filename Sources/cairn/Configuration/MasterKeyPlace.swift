// Why this file exists: where the master key lies when nobody says where: with the operator's own settings, never with
// the data, so that who copies the data folder does not get the key with it.
private import FoundationEssentials
import ObjectCore

/// The default place of the master key.
enum MasterKeyPlace {
    /// `~/.config/cairn/master.key`, or what XDG_CONFIG_HOME says; nil for a process without a home.
    /// See: https://specifications.freedesktop.org/basedir-spec/latest/
    static func path(in environment: [String: String]) -> String? {
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") { return folder + "/cairn/master.key" }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.config/cairn/master.key"
    }

    /// Makes the key unless it is there.
    /// - Returns: false where that is not possible: then there is no master key, and SSE-S3 says so.
    static func ensureFile(_ path: String) -> Bool {
        let folder = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try MasterKeyFile.makeIfMissing(at: path)
            return true
        } catch {
            return FileManager.default.isReadableFile(atPath: path)
        }
    }
}
