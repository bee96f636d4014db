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
        do throws(SystemCallError) {
            let room = try io.room(at: path)
            guard room.free <= min(bytes, room.total / 20) else { return }
        } catch {
            throw .system(error)
        }
        throw .outOfSpace
    }
}
