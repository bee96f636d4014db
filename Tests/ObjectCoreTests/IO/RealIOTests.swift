// Why this file exists: the real maker of the IO seam does what its documentation says, errors included.
import Glibc
import Testing

@testable import ObjectCore

@Suite struct RealIOTests {
    let directory = TemporaryDirectory()
    let io = RealIO()

    @Test("bytes come back from where they were written, in pieces too")
    func roundTrip() throws {
        let file = try io.open(directory.file("a"), .createNew)
        try io.writeFully(file, Array("hello ".utf8), at: 0)
        let one = Array("wor".utf8)
        let two = Array("ld".utf8)
        try one.withUnsafeBytes { one in
            try two.withUnsafeBytes { two in try io.writeFully(file, [one, two], at: 6) }
        }
        try io.synchronize(file)
        #expect(try io.readFully(file, count: 100, at: 0) == Array("hello world".utf8))
        #expect(try io.readFully(file, count: 3, at: 6) == Array("wor".utf8))
        #expect(try io.readFully(file, count: 3, at: 60) == [])
        #expect(try io.status(of: file).size == 11)
    }

    @Test("sizes change by truncation and allocation")
    func sizes() throws {
        let file = try io.open(directory.file("a"), .create)
        try io.allocate(file, at: 0, length: 8192)
        #expect(try io.status(at: directory.file("a")) == FileStatus(size: 8192, allocated: 8192))
        try io.truncate(file, to: 5)
        #expect(try io.status(of: file).size == 5)
    }

    @Test("names appear, move and vanish")
    func names() throws {
        _ = try io.open(directory.file("b"), .create)
        _ = try io.open(directory.file("a"), .create)
        try io.makeDirectory(directory.file("d"))
        try io.makeDirectory(directory.file("d"))
        #expect(try io.list(directory.path) == ["a", "b", "d"])
        try io.rename(directory.file("a"), to: directory.file("b"))
        try io.synchronizeDirectory(directory.path)
        #expect(try io.list(directory.path) == ["b", "d"])
        try io.remove(directory.file("b"))
        #expect(try io.list(directory.path) == ["d"])
    }

    @Test("errors say call, reason and path")
    func errors() throws {
        let missing = directory.file("missing")
        #expect(throws: SystemCallError("open", code: ENOENT, object: missing)) { try io.open(missing, .read) }
        let path = directory.file("a")
        let file = try io.open(path, .createNew)
        #expect(throws: SystemCallError("open", code: EEXIST, object: path)) { try io.open(path, .createNew) }
        #expect(throws: SystemCallError("mkdir", code: EEXIST, object: path)) { try io.makeDirectory(path) }
        #expect(throws: SystemCallError("ftruncate", code: EINVAL, object: path)) { try io.truncate(file, to: -1) }
        let readOnly = try io.open(path, .read)
        #expect(throws: SystemCallError("pwrite", code: EBADF, object: path)) {
            try io.writeFully(readOnly, [1], at: 0)
        }
    }

    @Test("a lock has one holder, until its file closes")
    func lock() throws {
        var first: OpenFile? = try io.open(directory.file("lock"), .create)
        let second = try io.open(directory.file("lock"), .create)
        #expect(try io.lock(#require(first)))
        #expect(try !io.lock(second))
        first = nil
        #expect(try io.lock(second))
    }

    @Test("clocks, randomness and free space answer plausibly")
    func world() throws {
        let start = io.monotonicNanoseconds()
        #expect(io.monotonicNanoseconds() >= start)
        #expect(io.wallNanoseconds() > 1_700_000_000_000_000_000)
        #expect(try io.randomBytes(count: 32) != io.randomBytes(count: 32))
        #expect(try io.randomBytes(count: 0) == [])
        let room = try io.room(at: directory.path)
        #expect(room.free > 0 && room.free <= room.total)
    }
}
