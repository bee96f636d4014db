// Why this file exists: the contract of the database seam; every maker of it passes this suite.
import Foundation
import Synchronization
import Testing

@testable import ObjectCore

@Suite("Database")
struct DatabaseTests {
    private func make() throws -> (database: any Database, folder: TemporaryDirectory) {
        let folder = TemporaryDirectory()
        return (try SQLiteDatabase(path: folder.file("meta.sqlite")), folder)
    }

    private func value(_ database: any Database) throws -> Int64? {
        try database.read { transaction throws(StoreError) in
            try transaction.first("SELECT value FROM counters WHERE name = $1", [.text("n")]) {
                row throws(StoreError) in row.integer(0)
            }
        }
    }

    private func set(_ database: any Database, _ value: Int64) throws {
        try database.write { transaction throws(StoreError) in
            _ = try transaction.execute(
                """
                INSERT INTO counters (name, value) VALUES ($1, $2)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, [.text("n"), .integer(value)])
        }
    }

    @Test("a read sees the last write that returned before it")
    func readYourWrites() throws {
        let (database, folder) = try make()
        for number: Int64 in 0..<50 {
            try set(database, number)
            #expect(try value(database) == number)
        }
        database.close()
        withExtendedLifetime(folder) {}
    }

    @Test("an error undoes the whole transaction")
    func undo() throws {
        let (database, folder) = try make()
        try set(database, 1)
        #expect(throws: StoreError.noSuchKey) {
            try database.write { transaction throws(StoreError) in
                _ = try transaction.execute("UPDATE counters SET value = $1", [.integer(2)])
                throw .noSuchKey
            }
        }
        #expect(try value(database) == 1)
        database.close()
        withExtendedLifetime(folder) {}
    }

    @Test("a snapshot does not change while it is read")
    func snapshot() throws {
        let (database, folder) = try make()
        try set(database, 1)
        try database.read { transaction throws(StoreError) in
            let query: StaticString = "SELECT value FROM counters WHERE name = $1"
            let first = try transaction.first(query, [.text("n")]) { row throws(StoreError) in row.integer(0) }
            do { try set(database, 2) } catch { Issue.record(error) }
            let second = try transaction.first(query, [.text("n")]) { row throws(StoreError) in row.integer(0) }
            #expect(first == second)
        }
        #expect(try value(database) == 2)
        database.close()
        withExtendedLifetime(folder) {}
    }

    @Test("the log stays short under a load that never pauses, with readers")
    func shortLog() throws {
        let folder = TemporaryDirectory()
        let path = folder.file("meta.sqlite")
        let database = try SQLiteDatabase(path: path, schema: Schema.sql, logFramesMaximum: 1024)
        let isOver = Atomic<Bool>(false)
        let ended = Semaphore()
        for work in 0..<3 {
            DedicatedThread.start(name: "test-\(work)") { [self] in
                while !isOver.load(ordering: .acquiring) {
                    do {
                        if work == 0 { try database.checkpoint() } else { _ = try value(database) }
                        usleep(1000)
                    } catch { Issue.record(error) }
                }
                ended.signal()
            }
        }
        var longest: Int64 = 0
        for number: Int64 in 0..<1200 {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1 << 16)
            try database.write { transaction throws(StoreError) in
                _ = try transaction.execute(
                    """
                    INSERT INTO bucket_settings (bucket, name, value) VALUES (1, 'large', $1)
                    ON CONFLICT (bucket, name) DO UPDATE SET value = excluded.value
                    """, [.bytes(bytes)])
            }
            let size = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int64
            longest = max(longest, try #require(size))
        }
        isOver.store(true, ordering: .releasing)
        for _ in 0..<3 { ended.wait() }
        #expect(longest < 20 << 20, "the log grew to \(longest >> 20) MiB of 75")
        database.close()
        withExtendedLifetime(folder) {}
    }

    @Test("bytes compare as bytes, empty is not null, parameters are taken by number")
    func values() throws {
        let (database, folder) = try make()
        let keys: [[UInt8]] = [[], [0], [0, 0xff], [1], [0x7f], [0x80], [0xff]]
        try database.write { transaction throws(StoreError) in
            for key in keys.reversed() {
                _ = try transaction.execute(
                    "INSERT INTO chunk_index (id, digest) VALUES ($2, $1)", [.bytes(key), .integer(Int64(key.count))])
            }
        }
        var read: [[UInt8]] = []
        var nulls = 0
        try database.read { transaction throws(StoreError) in
            try transaction.query("SELECT digest, id FROM chunk_index ORDER BY digest", []) { row throws(StoreError) in
                read.append(row.bytes(0))
                nulls += row.isNull(0) ? 1 : 0
                return true
            }
        }
        #expect(read == keys)
        #expect(nulls == 0)
        database.close()
        withExtendedLifetime(folder) {}
    }

    @Test("a wrong number of parameters and wrong SQL are errors, and the database goes on")
    func errors() throws {
        let (database, folder) = try make()
        #expect(throws: StoreError.self) {
            try database.write { transaction throws(StoreError) in
                _ = try transaction.execute("DELETE FROM counters WHERE name = $1", [])
            }
        }
        #expect(throws: StoreError.self) {
            try database.write { transaction throws(StoreError) in _ = try transaction.execute("NO SQL", []) }
        }
        try set(database, 3)
        try database.checkpoint()
        #expect(try value(database) == 3)
        #expect(try database.integrityProblems() == [])
        database.close()
        #expect(throws: StoreError.closed) { try value(database) }
        #expect(throws: StoreError.closed) { try set(database, 4) }
        withExtendedLifetime(folder) {}
    }
}
