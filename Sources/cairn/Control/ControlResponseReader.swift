// Why this file exists: reads the answer of the control socket as it arrives, as a state machine without a socket:
// a head, then a body by length or in chunks. Only what our own server sends is understood; anything else is
// malformed. See: RFC 9112 sections 6 and 7.1.

/// An answer that is being received.
struct ControlResponseReader {
    static let headBytesMax = 16 << 10
    static let bodyBytesMax = 64 << 20

    private enum State {
        case head
        case length(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailer
        case complete
    }

    private var state = State.head
    private var pending: [UInt8] = []
    private(set) var status: Int?
    private(set) var body: [UInt8] = []
    /// Names in lower case.
    private(set) var headers: [(name: String, value: String)] = []
    private let bodyBytesMax: Int
    private let ignoresBody: Bool

    /// - Parameters:
    ///   - bodyBytesMax: a longer body is malformed.
    ///   - ignoresBody: whether the answer is one to HEAD, which announces a body and has none.
    init(bodyBytesMax: Int = ControlResponseReader.bodyBytesMax, ignoresBody: Bool = false) {
        self.bodyBytesMax = bodyBytesMax
        self.ignoresBody = ignoresBody
    }

    var isComplete: Bool { if case .complete = state { true } else { false } }
    var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }

    /// Takes received bytes.
    /// - Returns: false when the answer is malformed or too long.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> Bool {
        pending.append(contentsOf: bytes)
        while true {
            let before = pending.count
            guard step() else { return false }
            if isComplete || pending.isEmpty || pending.count == before { break }
        }
        if case .head = state, pending.count > ControlResponseReader.headBytesMax { return false }
        return body.count <= bodyBytesMax
    }

    /// Takes what has come of the body.
    mutating func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }

    /// Takes whole lines out of the body.
    mutating func takeLines() -> [[UInt8]] {
        guard let last = body.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let lines = body[...last].split(separator: UInt8(ascii: "\n")).map { Array($0) }
        body.removeSubrange(...last)
        return lines
    }

    private mutating func step() -> Bool {
        switch state {
        case .head:
            guard let end = pending.firstRange(of: Array("\r\n\r\n".utf8)) else { return true }
            let head = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
            pending.removeSubrange(..<end.upperBound)
            return readHead(head)
        case .length(let remaining):
            let count = min(remaining, pending.count)
            move(count)
            state = remaining == count ? .complete : .length(remaining: remaining - count)
        case .chunkSize:
            guard let line = takeLine() else { return true }
            guard let size = Int(line.prefix { $0 != ";" }, radix: 16), size >= 0,
                size <= bodyBytesMax
            else { return false }
            state = size == 0 ? .trailer : .chunk(remaining: size)
        case .chunk(let remaining):
            let count = min(remaining, pending.count)
            move(count)
            state = remaining == count ? .chunkEnd : .chunk(remaining: remaining - count)
        case .chunkEnd:
            guard let line = takeLine() else { return true }
            guard line.isEmpty else { return false }
            state = .chunkSize
        case .trailer:
            guard let line = takeLine() else { return true }
            if line.isEmpty { state = .complete }
        case .complete: break
        }
        return true
    }

    private mutating func readHead(_ head: String) -> Bool {
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, words[0] == "HTTP/1.1", let code = Int(words[1]), (100...599).contains(code) else {
            return false
        }
        // An interim answer (100 Continue) is followed by the real one.
        guard code >= 200 else { return true }
        status = code
        state = .complete
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return false }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers.append((line[..<colon].lowercased(), String(value)))
            switch line[..<colon].lowercased() {
            case "content-length":
                guard let length = Int(value), length >= 0, length <= bodyBytesMax else {
                    return false
                }
                if length > 0 && code != 204 && !ignoresBody { state = .length(remaining: length) }
            case "transfer-encoding":
                guard value.lowercased() == "chunked" else { return false }
                state = .chunkSize
            default: break
            }
        }
        return true
    }

    private mutating func takeLine() -> String? {
        guard let end = pending.firstRange(of: Array("\r\n".utf8)) else { return nil }
        let line = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
        pending.removeSubrange(..<end.upperBound)
        return line
    }

    private mutating func move(_ count: Int) {
        body.append(contentsOf: pending.prefix(count))
        pending.removeFirst(count)
    }
}
