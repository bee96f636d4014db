// Why this file exists: what only segment files promise: their names, the order of calls, spares, limits.
import Glibc
import Testing

@testable import ObjectCore

@Suite struct SegmentStoreTests {
    let directory = TemporaryDirectory()
    private func names() throws -> [String] { try RealIO().list(directory.file("segments")) }

    @Test("a commit writes, flushes the file, and flushes the directory only when a segment is new")
    func order() throws {
        let io = FaultInjectingIO()
        let store = try SegmentStore(directory, io: io)
        _ = try store.append([record(1, 10), record(2, 20)], to: .small)
        io.clearLog()
        try store.sync()
        #expect(io.log.map(\.kind) == [.synchronize, .synchronizeDirectory])
        io.clearLog()
        _ = try store.append([record(3, 10), record(4, 20)], to: .small)
        try store.sync()
        #expect(
            io.log.map(\.description) == ["write 0000000001.open.seg 222+158", "synchronize 0000000001.open.seg 0+0"])
        io.clearLog()
        try store.sync()
        #expect(io.log.isEmpty)
        _ = try store.append([record(5, 10)], to: .bulk)
        _ = try store.append([record(6, 10)], to: .small)
        io.clearLog()
        try store.sync()
        #expect(io.log.map(\.kind) == [.synchronize, .synchronize, .synchronizeDirectory])
    }

    @Test("a stream's flush touches the other stream's files neither now nor instead of its own flush")
    func streams() throws {
        let io = FaultInjectingIO()
        let store = try SegmentStore(directory, io: io)
        _ = try store.append([record(1, 10)], to: .small)
        _ = try store.append([record(2, 10)], to: .bulk)
        io.clearLog()
        try store.sync(.small)
        #expect(io.log.map(\.name) == ["0000000001.open.seg", "segments"])
        io.clearLog()
        try store.sync(.bulk)
        #expect(io.log.map(\.name) == ["0000000002.open.seg", "segments"])
    }

    @Test("a sealed segment ends with its last record and has its final name")
    func sealing() throws {
        let store = try SegmentStore(directory)
        _ = try store.append([record(1, 10)], to: .small)
        #expect(try names() == ["0000000001.open.seg", "sequence"])
        try store.seal()
        #expect(try names() == ["0000000001.seg", "sequence"])
        #expect(try contents(directory.file("segments/0000000001.seg")).count == 64 + 64 + 10)
        #expect(try store.segments().map(\.usedBytes) == [74])
    }

    @Test("a failed flush makes the store read-only, in words, and reads go on")
    func failedFlush() throws {
        for kind in [IOCallKind.synchronize, .synchronizeDirectory] {
            let directory = TemporaryDirectory()
            let io = FaultInjectingIO()
            let store = try SegmentStore(directory, io: io)
            let location = try store.append([record(1, 10)], to: .small)[0]
            io.setPlan([IOFault(kind: kind, index: 0, effect: .error(EIO))])
            #expect { try store.sync() } throws: { error in
                if case .readOnly(let reason)? = error as? StoreError {
                    reason.contains("flushing") && reason.contains("Input/output error")
                } else {
                    false
                }
            }
            #expect(throws: StoreError.self) { try store.append([record(2, 10)], to: .bulk) }
            #expect(throws: StoreError.self) { try store.sync() }
            #expect(try store.read(at: location, length: 10).id == ChunkID(1))
        }
    }

    @Test("without room nothing is kept, and appends work again when there is", arguments: [false, true])
    func outOfSpace(_ isPrewritten: Bool) throws {
        let io = FaultInjectingIO()
        let store = try SegmentStore(directory, isPrewritten ? .tinyPrewritten : .tiny, io: io)
        _ = try store.append([record(1, 10)], to: .small)
        store.waitForSpare()
        _ = try store.append([record(2, 10)], to: .small)
        store.waitForSpare()
        io.setPlan([
            IOFault(kind: .write, index: 0, effect: .short(100)),
            IOFault(kind: .write, index: 1, count: 1, effect: .error(ENOSPC)),
        ])
        #expect(throws: StoreError.outOfSpace) { try store.append([record(3, 20), record(4, 200)], to: .small) }
        #expect(try store.allChunks().map(\.id.value) == [1, 2])
        #expect(try reopenedCopy() == [1, 2])
        io.setPlan([IOFault(kind: .open, index: 0, effect: .error(ENOSPC))])
        #expect(throws: StoreError.outOfSpace) { try store.append([record(5, 20)], to: .bulk) }
        io.setPlan([])
        _ = try store.append([record(6, 10)], to: .small)
        _ = try store.append([record(7, 10)], to: .bulk)
        try store.sync()
        #expect(try Set(store.allChunks().map(\.id.value)) == [1, 2, 6, 7])
        store.waitForSpare()
        #expect(try reopenedCopy() == [1, 2, 6, 7])
    }

    /// The chunks that a start would find if the process were killed now.
    private func reopenedCopy() throws -> Set<Int64> {
        let copy = TemporaryDirectory()
        try RealIO().makeDirectory(copy.file("segments"))
        for name in try names() {
            try write(contents(directory.file("segments/\(name)")), to: copy.file("segments/\(name)"))
        }
        return try Set(SegmentStore(copy).allChunks().map(\.id.value))
    }

    @Test("small appends go to a prewritten file as soon as there is one, and a restart finds it")
    func spares() throws {
        var store = try SegmentStore(directory, .tinyPrewritten)
        _ = try store.append([record(1, 10)], to: .small)
        store.waitForSpare()
        #expect(try names() == ["0000000001.open.seg", "sequence", "spare"])
        let location = try store.append([record(2, 10)], to: .small)[0]
        store.waitForSpare()
        #expect(try names() == ["0000000001.seg", "0000000002.open.seg", "sequence", "spare"])
        #expect(try RealIO().status(at: directory.file("segments/0000000002.open.seg")).size == 4096)
        #expect(try store.read(at: location, length: 10).id == ChunkID(2))
        store.close()
        #expect(try contents(directory.file("segments/0000000002.seg")).count == 138)
        let io = FaultInjectingIO()
        store = try SegmentStore(directory, .tinyPrewritten, io: io)
        _ = try store.append([record(3, 10)], to: .small)
        #expect(io.log.contains { $0.kind == .rename && $0.name == "0000000065.open.seg" })
        store.waitForSpare()
        #expect(try Set(store.allChunks().map(\.id.value)) == [1, 2, 3])
    }

    @Test(
        "a spare that does not work costs nothing but itself", arguments: [IOCallKind.open, .write, .rename, .status])
    func brokenSpare(_ kind: IOCallKind) throws {
        let io = FaultInjectingIO()
        let store = try SegmentStore(directory, .tinyPrewritten, io: io)
        _ = try store.append([record(1, 10)], to: .small)
        store.waitForSpare()
        io.setPlan([
            IOFault(kind: kind, nameSuffix: kind == .rename ? ".open.seg" : "spare", index: 0, effect: .error(EIO))
        ]
        )
        let location = try store.append([record(2, 10)], to: .small)[0]
        #expect(io.log.contains { $0.isFaulted })
        #expect(try store.read(at: location, length: 10).id == ChunkID(2))
    }

    @Test("no spare is made when the device is nearly full")
    func noRoomForSpare() throws {
        var options = SegmentStoreOptions.tinyPrewritten
        options.prewriteFreeFactorMin = .max
        let store = try SegmentStore(directory, options)
        _ = try store.append([record(1, 10)], to: .small)
        store.waitForSpare()
        #expect(try names() == ["0000000001.open.seg", "sequence"])
    }

    @Test("only so many descriptors stay open, and each segment's header is read once while cached")
    func descriptors() throws {
        var locations: [ChunkLocation] = []
        let store = try SegmentStore(directory)
        for id in 1...6 {
            locations += try store.append([record(Int64(id), 10)], to: .bulk)
            try store.seal()
        }
        store.close()
        let io = FaultInjectingIO()
        let reopened = try SegmentStore(directory, io: io)
        func opens(_ index: Int) throws -> Int {
            io.clearLog()
            _ = try reopened.region(at: locations[index], skip: 0, length: 10)
            return io.log.filter { $0.kind == .open }.count
        }
        #expect(try opens(0) == 1)
        #expect(try opens(0) == 0)
        for index in 1...3 { #expect(try opens(index) == 1) }
        // Three are kept: 1, 2, 3; the first was used least recently.
        #expect(try opens(3) == 0)
        #expect(try opens(0) == 1)
        #expect(try opens(1) == 1)
    }

    @Test("segments of another store are not read")
    func foreign() throws {
        let store = try SegmentStore(directory)
        _ = try store.append([record(1, 10)], to: .bulk)
        store.close()
        #expect(throws: StoreError.self) {
            try SegmentStore(
                directory: directory.file("segments"), storeIdentifier: [UInt8](repeating: 9, count: 16), io: RealIO())
        }
        #expect(throws: StoreError.self) {
            try SegmentStore(directory: directory.file("segments"), storeIdentifier: [1], io: RealIO())
        }
    }

    @Test("a lost sequence does not bring back numbers")
    func lostSequence() throws {
        let store = try SegmentStore(directory)
        _ = try store.append([record(1, 10)], to: .bulk)
        store.close()
        try RealIO().remove(directory.file("segments/sequence"))
        let reopened = try SegmentStore(directory)
        #expect(try reopened.append([record(1, 10)], to: .bulk)[0].segment > 1 << 20)
    }

    @Test(
        "names that are not ours are left alone",
        arguments: ["1.seg", "+000000001.seg", "0000000001.sego", "x", "a.b.c"])
    func foreignNames(_ name: String) {
        #expect(SegmentDirectory.Name(name) == .foreign)
    }
}
