// Why this file exists: browsers upload with multipart/form-data, and the file in it may be as large as an object.
// The parser is a state machine that is fed bytes and says what it found; it keeps no more than one field or one
// delimiter's length of the file. See: RFC 7578, RFC 2046 section 5.1.
// Invariant: every byte that is fed is either given back as content, or counted against a named limit.
private import Glibc

/// Why a form cannot be read.
enum FormDataError: Error, Equatable {
    /// The bytes are no multipart/form-data with the announced boundary.
    case malformed(String)
    /// The fields before the file are longer than ``FormDataParser/fieldBytesMaximum``.
    case fieldsTooLong
    /// The body ended before the closing boundary.
    case truncated
}

/// Reads multipart/form-data piece by piece.
struct FormDataParser {
    /// S3 takes 20 KB of form data beside the file. See: "POST Object", MaxPostPreDataLengthExceeded.
    static let fieldBytesMaximum = 20_000
    /// The header of one part, in bytes.
    static let partHeadMaximum = 8 * 1024
    /// RFC 2046: a boundary has 1 to 70 characters.
    static let boundaryMaximum = 70

    /// What was found.
    enum Step: Equatable {
        /// Nothing more can be told before ``append(_:)`` or ``endOfInput()`` is called.
        case needsBytes
        case field(name: String, value: [UInt8])
        /// The part called `file` begins; its content follows.
        case file(name: String?, contentType: String?)
        case content([UInt8])
        /// The file is complete (what follows it does not count), or the form ended without one.
        case end
    }

    private enum State {
        case beforeDelimiter
        case afterDelimiter
        case partHead
        case fieldContent(name: String)
        case fileContent
        case ended
    }

    private var state = State.beforeDelimiter
    private let delimiter: [UInt8]
    /// Begins with a line end that was not sent, so that the first boundary looks like every other.
    private var buffer: [UInt8] = [13, 10]
    private var position = 0
    private var fieldBytes = 0
    private var inputEnded = false

    /// - Parameter boundary: as the Content-Type names it.
    init(boundary: [UInt8]) throws(FormDataError) {
        guard !boundary.isEmpty, boundary.count <= FormDataParser.boundaryMaximum else {
            throw .malformed("The boundary is missing or longer than 70 characters.")
        }
        delimiter = [13, 10, 45, 45] + boundary
    }

    /// Feeds the next bytes of the body.
    mutating func append(_ bytes: [UInt8]) {
        if position > 0 {
            buffer.removeSubrange(0..<position)
            position = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Tells that no bytes follow.
    mutating func endOfInput() { inputEnded = true }

    /// The next finding. After ``Step/end`` it stays there.
    mutating func next() throws(FormDataError) -> Step {
        while true {
            switch state {
            case .beforeDelimiter:
                guard let start = find(delimiter) else {
                    // The last bytes may be the beginning of a delimiter; those before them are done with, and count once.
                    let certain = buffer.count - (delimiter.count - 1)
                    if certain > position {
                        try count(certain - position)
                        position = certain
                    }
                    return try needsBytes()
                }
                try count(start - position)
                position = start + delimiter.count
                state = .afterDelimiter
            case .afterDelimiter:
                guard buffer.count - position >= 2 else { return try needsBytes() }
                if buffer[position] == 45, buffer[position + 1] == 45 {
                    state = .ended
                } else if buffer[position] == 13, buffer[position + 1] == 10 {
                    position += 2
                    state = .partHead
                } else {
                    throw .malformed("A boundary is not followed by a line end.")
                }
            case .partHead:
                guard let head = try partHead() else { return try needsBytes() }
                if head.name.utf8.elementsEqual("file".utf8) {
                    state = .fileContent
                    return .file(name: head.fileName, contentType: head.contentType)
                }
                state = .fieldContent(name: head.name)
            case .fieldContent(let name):
                guard let end = find(delimiter) else {
                    if buffer.count - position > FormDataParser.fieldBytesMaximum + delimiter.count {
                        throw .fieldsTooLong
                    }
                    return try needsBytes()
                }
                let value = Array(buffer[position..<end])
                try count(value.count + name.utf8.count)
                position = end + delimiter.count
                state = .afterDelimiter
                return .field(name: name, value: value)
            case .fileContent:
                return try fileContent()
            case .ended:
                return .end
            }
        }
    }

    private func needsBytes() throws(FormDataError) -> Step {
        if inputEnded { throw .truncated }
        return .needsBytes
    }

    private mutating func count(_ bytes: Int) throws(FormDataError) {
        fieldBytes += bytes
        if fieldBytes > FormDataParser.fieldBytesMaximum { throw .fieldsTooLong }
    }

    private mutating func fileContent() throws(FormDataError) -> Step {
        if let end = find(delimiter) {
            let content = Array(buffer[position..<end])
            position = end + delimiter.count
            state = .ended
            return content.isEmpty ? .end : .content(content)
        }
        // The last bytes may be the beginning of a delimiter.
        let certain = buffer.count - (delimiter.count - 1)
        guard certain > position else { return try needsBytes() }
        let content = Array(buffer[position..<certain])
        position = certain
        return .content(content)
    }

    /// Where `pattern`, which begins with CR, next begins.
    private func find(_ pattern: [UInt8]) -> Int? {
        buffer.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var start = position
            while start + pattern.count <= bytes.count {
                // memchr finds the rare CR many times faster than a loop over bytes.
                guard let hit = memchr(base + start, 13, bytes.count - pattern.count + 1 - start) else { return nil }
                start = base.distance(to: hit.assumingMemoryBound(to: UInt8.self))
                if memcmp(base + start, pattern, pattern.count) == 0 { return start }
                start += 1
            }
            return nil
        }
    }
}

// MARK: The head of a part

extension FormDataParser {
    private struct PartHead {
        var name: String
        var fileName: String?
        var contentType: String?
    }

    /// Reads the header lines of a part up to the empty line; nil when they are not complete.
    private mutating func partHead() throws(FormDataError) -> PartHead? {
        guard let end = find([13, 10, 13, 10]) else {
            // Of the empty line behind it three bytes may be there.
            if buffer.count - position > FormDataParser.partHeadMaximum + 3 {
                throw .malformed("A part's head is too long.")
            }
            return nil
        }
        guard end - position <= FormDataParser.partHeadMaximum else { throw .malformed("A part's head is too long.") }
        var name: String?
        var fileName: String?
        var contentType: String?
        for line in buffer[position..<end].split(separator: 10) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                throw .malformed("A part's header line has no colon.")
            }
            let field = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = line[(colon + 1)...]
            switch field {
            case "content-disposition":
                let parameters = HeaderParameters(value)
                guard parameters.isValue("form-data") else { throw .malformed("A part is not form-data.") }
                name = parameters["name"]
                fileName = parameters["filename"]
            case "content-type":
                contentType = String(decoding: HeaderParameters.trimmed(value), as: UTF8.self)
            default: break
            }
        }
        guard let name else { throw .malformed("A part has no name.") }
        position = end + 4
        return PartHead(name: name, fileName: fileName, contentType: contentType)
    }
}
