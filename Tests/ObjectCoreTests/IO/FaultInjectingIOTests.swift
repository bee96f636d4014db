// Why this file exists: a fault injector that injects nothing would make every fault test pass.
import Glibc
import Testing

@testable import ObjectCore

@Suite struct FaultInjectingIOTests {
    let directory = TemporaryDirectory()

    @Test("the planned call fails, its neighbours do not, and the log says so")
    func planned() throws {
        let io = FaultInjectingIO(plan: [IOFault(kind: .write, index: 1, effect: .error(ENOSPC))])
        let path = directory.file("a")
        let file = try io.open(path, .create)
        try io.writeFully(file, [1], at: 0)
        #expect(throws: SystemCallError("write", code: ENOSPC, object: path)) { try io.writeFully(file, [2], at: 1) }
        try io.writeFully(file, [3], at: 1)
        try io.synchronize(file)
        #expect(try RealIO().readFully(file, count: 9, at: 0) == [1, 3])
        #expect(
            io.log.map(\.description) == [
                "open a 0+0", "write a 0+1", "write a 1+1 FAULT", "write a 1+1", "synchronize a 0+0",
            ])
    }

    @Test("short counts and interruptions are survived by the full forms", arguments: [1, 3, 7])
    func short(_ most: Int) throws {
        let io = FaultInjectingIO(plan: [
            IOFault(kind: .write, index: 0, count: 20, effect: .short(most)),
            IOFault(kind: .read, index: 0, count: 20, effect: .short(most)),
            IOFault(kind: .write, index: 2, effect: .error(EINTR)),
            IOFault(kind: .read, index: 1, effect: .error(EINTR)),
            IOFault(kind: .synchronize, index: 0, effect: .error(EINTR)),
        ])
        let file = try io.open(directory.file("a"), .create)
        let bytes = [UInt8](0..<16)
        try bytes.withUnsafeBytes { whole in
            let pieces = [0..<5, 5..<5, 5..<6, 6..<16].map { UnsafeRawBufferPointer(rebasing: whole[$0]) }
            try io.writeFully(file, pieces, at: 0)
        }
        #expect(try io.readFully(file, count: 16, at: 0) == bytes)
        try io.synchronize(file)
        #expect(io.log.filter { $0.kind == .synchronize }.count == 2)
    }

    @Test("a crash takes back what was not flushed, and nothing else")
    func crash() throws {
        let io = FaultInjectingIO(tracksUnflushed: true)
        let kept = try io.open(directory.file("kept"), .create)
        try io.writeFully(kept, [1, 2, 3, 4], at: 0)
        try io.synchronize(kept)
        try io.synchronizeDirectory(directory.path)
        try io.writeFully(kept, [9, 9, 9, 9], at: 2)
        try io.truncate(kept, to: 1)
        let unnamed = try io.open(directory.file("unnamed"), .create)
        try io.writeFully(unnamed, [5], at: 0)
        try io.synchronize(unnamed)
        try io.rename(directory.file("kept"), to: directory.file("moved"))
        try io.crash()
        #expect(throws: SystemCallError("write", code: EIO, object: directory.file("moved"))) {
            try io.writeFully(kept, [7], at: 0)
        }
        #expect(try RealIO().list(directory.path) == ["kept"])
        let file = try RealIO().open(directory.file("kept"), .read)
        #expect(try RealIO().readFully(file, count: 9, at: 0) == [1, 2, 3, 4])
    }

    @Test("a removed file comes back unless the directory was flushed", arguments: [false, true])
    func removal(_ isFlushed: Bool) throws {
        try RealIO().writeFully(RealIO().open(directory.file("a"), .create), [1, 2], at: 0)
        let io = FaultInjectingIO(tracksUnflushed: true)
        try io.remove(directory.file("a"))
        if isFlushed { try io.synchronizeDirectory(directory.path) }
        try io.crash()
        #expect(try RealIO().list(directory.path) == (isFlushed ? [] : ["a"]))
    }

    @Test("with survivors every sector is the old or the new one, and seeds differ")
    func survivors() throws {
        var patterns: Set<[UInt8]> = []
        for seed in 0..<8 {
            let directory = TemporaryDirectory()
            let io = FaultInjectingIO(tracksUnflushed: true)
            let file = try io.open(directory.file("a"), .create)
            try io.writeFully(file, [UInt8](repeating: 1, count: 4096), at: 0)
            try io.synchronize(file)
            try io.synchronizeDirectory(directory.path)
            try io.writeFully(file, [UInt8](repeating: 2, count: 4096), at: 0)
            try io.crash(.random(seed: UInt64(seed)))
            let bytes = try RealIO().readFully(file, count: 4096, at: 0)
            for sector in 0..<8 { #expect(Set(bytes[(sector * 512)..<(sector * 512 + 512)]).count == 1) }
            patterns.insert(bytes)
        }
        #expect(patterns.count > 1)
    }
}
