// Why this file exists: deletions must go through when the disk is full to the last byte, although each writes to the
// database's log. So a little room is held by a file that means nothing, and is given up when a commit finds none.

/// Room that is held for commits on a full disk. See: docs/FORMAT.md, `ballast`.
final class Ballast: Sendable {
    /// Enough for thousands of deletions, in bytes; at most a fortieth of the device.
    private static let length: Int64 = 8 << 20

    private let path: String
    private let folder: String
    private let io: any IO

    init(folder: String, io: any IO) {
        self.folder = folder
        path = folder + "/ballast"
        self.io = io
    }

    /// Holds the room, when there is plenty. Without it the store works as well, until the disk is full.
    func ensure() {
        do throws(SystemCallError) {
            let room = try io.room(at: folder)
            let length = min(Ballast.length, room.total / 40)
            guard room.free > 4 * length else { return }
            let file = try io.open(path, .create)
            guard try io.status(of: file).allocated < length else { return }
            try io.allocate(file, at: 0, length: length)
        } catch {
            // Some file systems cannot hold room; deletions then need what the disk has.
            return
        }
    }

    /// Gives the room up.
    /// - Returns: whether there was any.
    func release() -> Bool {
        do throws(SystemCallError) {
            try io.remove(path)
            return true
        } catch {
            return false
        }
    }
}
