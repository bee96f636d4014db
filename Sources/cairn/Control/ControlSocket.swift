// Why this file exists: the socket lies in the store's folder, and a socket's path may have at most 107 bytes. A
// longer one is reached through a descriptor of the folder, so that a deep folder costs nobody their commands.
// See: 'man 7 unix'.
private import Glibc
import ObjectCore

/// A path of the control socket that fits into a socket address, valid as long as this lives.
final class ControlSocket: Sendable {
    static let name = "control.sock"
    private static let pathBytesMax = 107

    /// The path to give to bind(2) or connect(2).
    let path: String
    private let folder: OpenFile?

    /// Nil when the folder cannot be opened.
    init?(data: String) {
        let plain = "\(data)/\(ControlSocket.name)"
        if plain.utf8.count <= ControlSocket.pathBytesMax {
            path = plain
            folder = nil
            return
        }
        let descriptor = Glibc.open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        folder = OpenFile(owning: descriptor)
        path = "/proc/self/fd/\(descriptor)/\(ControlSocket.name)"
    }

    /// Removes the socket, so that nobody tries to reach a server that is gone.
    func remove() { unlink(path) }
}
