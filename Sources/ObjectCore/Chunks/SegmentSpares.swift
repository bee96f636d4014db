// Why this file exists: a flush into blocks that were written before is up to 8 times cheaper than one that makes a
// file grow, but somebody has to write them before. That is this background worker, on a file nobody appends to.
// Invariant: whatever fails here costs speed and nothing else; the appender falls back to a growing file.
private import Dispatch
private import Synchronization

/// Keeps one file of zeros in stock.
final class SegmentSpares: Sendable {
    private struct State {
        var isReady: Bool
        var isBusy = false
        var isStopped = false
    }
    private let directory: SegmentDirectory
    private let options: SegmentStoreOptions
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "cairn.segments.prewrite", qos: .utility)

    init(_ directory: SegmentDirectory, _ options: SegmentStoreOptions, isReady: Bool) {
        self.directory = directory
        self.options = options
        state = Mutex(State(isReady: isReady && options.prewrites))
    }

    var isReady: Bool { state.withLock { $0.isReady } }

    /// Turns the spare into the open segment of `header`; nil when there is none or it does not work.
    func take(_ header: SegmentHeader) -> (file: OpenFile, size: Int64)? {
        let wasReady = state.withLock { state in
            defer { state.isReady = false }
            return state.isReady && !state.isStopped
        }
        guard wasReady else { return nil }
        do {
            let file = try directory.io.open(directory.sparePath, .readWrite)
            let size = try directory.io.status(of: file).size
            try directory.io.writeFully(file, header.encoded(), at: 0)
            try directory.io.rename(directory.sparePath, to: directory.path(open: header.number, SegmentPlace()))
            return (file, size)
        } catch {
            try? directory.io.remove(directory.sparePath)
            return nil
        }
    }

    /// Has a spare made in the background unless there is one or one is being made.
    func request() {
        guard options.prewrites else { return }
        let starts = state.withLock { state in
            guard !state.isReady, !state.isBusy, !state.isStopped else { return false }
            state.isBusy = true
            return true
        }
        guard starts else { return }
        queue.async { self.prepare() }
    }

    /// Waits until no spare is being made.
    func waitUntilIdle() { queue.sync {} }

    /// Ends the work under way.
    func stop() {
        state.withLock { $0.isStopped = true }
        waitUntilIdle()
    }

    private func prepare() {
        let isReady: Bool
        do {
            isReady = try fill()
        } catch {
            isReady = false
        }
        if !isReady { try? directory.io.remove(directory.temporarySparePath) }
        state.withLock {
            $0.isReady = isReady
            $0.isBusy = false
        }
    }

    private func fill() throws(SystemCallError) -> Bool {
        let io = directory.io
        let size = options.smallSegmentBytes
        guard try io.room(at: directory.path).free / options.prewriteFreeFactorMin >= size else { return false }
        let file = try io.open(directory.temporarySparePath, .create)
        let zeros = [UInt8](repeating: 0, count: options.prewriteStepBytes)
        var position: Int64 = 0
        while position < size {
            if state.withLock({ $0.isStopped }) { return false }
            let count = Int(min(Int64(zeros.count), size - position))
            let failure = zeros.withUnsafeBytes { zeros -> SystemCallError? in
                do throws(SystemCallError) {
                    try io.writeFully(file, [UnsafeRawBufferPointer(rebasing: zeros[..<count])], at: position)
                    return nil
                } catch {
                    return error
                }
            }
            if let failure { throw failure }
            // In steps, so that the device is never busy with zeros for long while a commit waits for it.
            try io.synchronize(file)
            position += Int64(count)
        }
        try io.rename(directory.temporarySparePath, to: directory.sparePath)
        return true
    }
}
