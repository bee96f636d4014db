// Why this file exists: the queue's limits, and that what was queued is in the file after close and after rotation.
import Foundation
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct AccessLogQueueTests {
    @Test("what does not fit is dropped and counted; taking makes room")
    func limits() {
        let queue = AccessLogQueue(entriesMax: 4)
        #expect(queue.push(.minimal()) == .first)
        #expect(queue.push(.minimal()) == .urgent)
        #expect(queue.push(.minimal()) == .queued)
        #expect(queue.push(.minimal()) == .queued)
        #expect(queue.push(.minimal()) == .dropped)
        #expect(queue.dropped == 1)
        #expect(queue.take().entries.count == 4)
        #expect(queue.push(.minimal()) == .first)
    }

    @Test("long records count by their bytes")
    func bytes() {
        var record = AccessLogRecord.minimal()
        record.requestURI = String(repeating: "x", count: 4000)
        let queue = AccessLogQueue(entriesMax: 1000, bytesMax: 10_000)
        #expect(queue.push(record) == .first)
        #expect(queue.push(record) != .dropped)
        #expect(queue.push(record) == .dropped)
    }

    @Test("a closed queue takes nothing")
    func closed() {
        let queue = AccessLogQueue()
        queue.close()
        #expect(queue.push(.minimal()) == .dropped)
        #expect(queue.take().isClosed)
    }
}

@Suite struct AccessLogWriterTests {
    private func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString).log").path
    }

    private func lines(_ path: String) throws -> Int {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count
    }

    @Test("everything that was recorded is in the file after close, for its owner and group only")
    func close() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let log = try AccessLogWriter(path: path, format: .s3)
        for _ in 0..<5000 { log.record(.full()) }
        log.close()
        #expect(try lines(path) == 5000)
        #expect(log.written == 5000)
        #expect(log.dropped == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect((mode ?? 0) & 0o137 == 0)
    }

    @Test("after reopening, lines go to the new file")
    func rotation() throws {
        let path = temporaryPath()
        let old = path + ".1"
        defer {
            try? FileManager.default.removeItem(atPath: path)
            try? FileManager.default.removeItem(atPath: old)
        }
        let log = try AccessLogWriter(path: path, format: .json)
        log.record(.full())
        while log.written < 1 { Thread.sleep(forTimeInterval: 0.01) }
        try FileManager.default.moveItem(atPath: path, toPath: old)
        log.reopen()
        log.record(.full())
        log.record(.full())
        log.close()
        #expect(try lines(old) == 1)
        #expect(try lines(path) == 2)
    }

    @Test("a full disk costs lines, counted, and nothing else")
    func fullDisk() throws {
        let log = try AccessLogWriter(path: "/dev/full", format: .s3)
        log.record(.full())
        log.close()
        #expect(log.failed == 1)
        #expect(log.written == 0)
    }

    @Test("a path that cannot be opened is an error with the path")
    func missingFolder() {
        #expect(throws: SystemCallError("open", code: ENOENT, object: "/nonexistent/a.log")) {
            try AccessLogWriter(path: "/nonexistent/a.log", format: .s3)
        }
    }
}
