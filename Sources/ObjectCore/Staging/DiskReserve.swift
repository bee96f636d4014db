// Why this file exists: a store that has filled its disk to the last byte could not even delete, since a deletion
// writes to the database's log. So new content stops a little earlier than the disk does.

/// The room that new content leaves free.
struct DiskReserve: Sendable {
    private let path: String
    private let io: any IO
    private let bytes: Int64

    /// - Parameter bytes: what is kept free, capped at a twentieth of the device.
    init(path: String, io: any IO, bytes: Int64) {
        self.path = path
        self.io = io
        self.bytes = bytes
    }

    /// - Throws: ``StoreError/outOfSpace`` when new content would eat into the reserve.
    func check() throws(StoreError) {
        let room = try room()
        guard room.free > min(bytes, room.total / 20) else { throw .outOfSpace }
    }

    /// Whether less than a tenth of the device is free, or less than twice the reserve.
    func isShort() throws(StoreError) -> Bool {
        let room = try room()
        return room.free < min(2 * bytes, room.total / 10)
    }

    private func room() throws(StoreError) -> FileSystemRoom {
        do throws(SystemCallError) { return try io.room(at: path) } catch { throw .system(error) }
    }
}
