// Why this file exists: a small strict reader for the XML that S3 clients send. It knows elements, attributes, text,
// CDATA and comments; of the rest of XML it wants nothing: no DOCTYPE, no entities but the five, no processing
// instructions, no encoding but UTF-8.
// Invariants: bytes, depth, elements and attributes are limited before anything is built from them; every index is
// checked against the end; nothing recurses.
// See: https://www.w3.org/TR/xml/

/// An element of a document that has been read.
public struct XMLElement: Sendable, Equatable {
    /// The name without its namespace prefix.
    public let name: String
    /// Attribute names without prefixes and their values; declarations of namespaces are left out.
    public fileprivate(set) var attributes: [String: String] = [:]
    /// All text directly inside, references resolved, nothing trimmed.
    public fileprivate(set) var text = ""
    public fileprivate(set) var children: [XMLElement] = []

    fileprivate init(name: String) { self.name = name }

    /// The first child of this name.
    public func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All children of this name.
    public func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of the first child of this name, or nil.
    public func text(_ name: String) -> String? { child(name)?.text }

    /// The text without white space around it.
    public var trimmedText: String {
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: { !ASCII.isSpace($0) }),
            let last = bytes.lastIndex(where: { !ASCII.isSpace($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

/// Why a document was not read. Offsets are in bytes.
public enum XMLError: Error, Sendable, Equatable {
    case tooLarge(limit: Int)
    case tooDeep(limit: Int)
    case tooManyElements(limit: Int)
    case tooManyAttributes(limit: Int)
    case notUTF8
    /// DOCTYPE, an entity of one's own, a processing instruction.
    case forbidden(String, offset: Int)
    case malformed(String, offset: Int)
}

extension S3Error {
    /// MalformedXML in every case; the words say what is wrong.
    public init(_ error: XMLError) {
        let detail =
            switch error {
            case .tooLarge(let limit): "the document is larger than \(limit) bytes"
            case .tooDeep(let limit): "elements are nested deeper than \(limit)"
            case .tooManyElements(let limit): "there are more than \(limit) elements"
            case .tooManyAttributes(let limit): "an element has more than \(limit) attributes"
            case .notUTF8: "the document is not UTF-8"
            case .forbidden(let what, let offset): "\(what) at byte \(offset) is not allowed"
            case .malformed(let what, let offset): "\(what) at byte \(offset)"
            }
        self.init(.malformedXML, "\(Code.malformedXML.defaultMessage) (\(detail))")
    }
}

/// Reads XML documents.
public enum XMLReader {
    /// What a document may come to.
    public struct Limits: Sendable {
        /// Bytes.
        public var length: Int
        public var depth: Int
        public var elements: Int
        public var attributes: Int

        /// The defaults fit the largest documents of S3: 10,000 parts with checksums, 1,000 keys to delete.
        public init(length: Int = 8 * 1024 * 1024, depth: Int = 16, elements: Int = 120_000, attributes: Int = 16) {
            self.length = length
            self.depth = depth
            self.elements = elements
            self.attributes = attributes
        }
    }

    /// Reads a document and returns its root.
    public static func read(_ bytes: [UInt8], limits: Limits = Limits()) throws(XMLError) -> XMLElement {
        guard bytes.count <= limits.length else { throw .tooLarge(limit: limits.length) }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        var parser = XMLParser(bytes: bytes, limits: limits)
        return try parser.document()
    }

    /// Reads a document whose root must have the given name.
    /// - Throws: MalformedXML.
    public static func read(
        _ bytes: [UInt8], root name: String, limits: Limits = Limits()
    ) throws(S3Error) -> XMLElement {
        let root: XMLElement
        do {
            root = try read(bytes, limits: limits)
        } catch {
            throw S3Error(error)
        }
        guard root.name == name else { throw S3Error(.malformedXML) }
        return root
    }
}

/// The parser's position in one document.
private struct XMLParser {
    let bytes: [UInt8]
    let limits: XMLReader.Limits
    var position = 0
    var elementCount = 0
    /// The elements that are open, the innermost last, and their names as written.
    var open: [XMLElement] = []
    var openNames: [ArraySlice<UInt8>] = []
    var texts: [[UInt8]] = []
    var root: XMLElement?

    init(bytes: [UInt8], limits: XMLReader.Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(XMLError) -> XMLElement {
        if starts(with: "\u{FEFF}") { position += 3 }
        if starts(with: "<?xml"), position + 5 < bytes.count, ASCII.isSpace(bytes[position + 5]) {
            try declaration()
        }
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "<") {
                try markup()
            } else {
                try characters()
            }
        }
        guard open.isEmpty else { throw malformed("an element is not closed") }
        guard let root else { throw malformed("there is no element") }
        return root
    }

    // MARK: Markup

    private mutating func markup() throws(XMLError) {
        if starts(with: "<!--") {
            try comment()
        } else if starts(with: "<![CDATA[") {
            try section()
        } else if starts(with: "<!") {
            throw .forbidden("a document type", offset: position)
        } else if starts(with: "<?") {
            throw .forbidden("a processing instruction", offset: position)
        } else if starts(with: "</") {
            try endTag()
        } else {
            try startTag()
        }
    }

    private mutating func declaration() throws(XMLError) {
        guard let end = find("?>", from: position) else { throw malformed("the declaration is not closed") }
        let text = String(decoding: bytes[position..<end], as: UTF8.self).lowercased()
        if text.utf8.contains(UInt8(ascii: "<")), text.dropFirst().utf8.contains(UInt8(ascii: "<")) {
            throw malformed("the declaration is malformed")
        }
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" })
        let joined = words.joined()
        if joined.contains("encoding="), !joined.contains("encoding=\"utf-8\""), !joined.contains("encoding='utf-8'") {
            throw .forbidden("an encoding other than UTF-8", offset: position)
        }
        position = end + 2
    }

    private mutating func comment() throws(XMLError) {
        guard let end = find("-->", from: position + 4) else { throw malformed("a comment is not closed") }
        position = end + 3
    }

    private mutating func section() throws(XMLError) {
        guard !open.isEmpty else { throw malformed("text outside of the root element") }
        let start = position + 9
        guard let end = find("]]>", from: start) else { throw malformed("a CDATA section is not closed") }
        try appendText(start..<end, resolvesReferences: false)
        position = end + 3
    }

    private mutating func startTag() throws(XMLError) {
        position += 1
        let name = try self.name()
        guard root == nil else { throw malformed("a second root element") }
        guard open.count < limits.depth else { throw .tooDeep(limit: limits.depth) }
        elementCount += 1
        guard elementCount <= limits.elements else { throw .tooManyElements(limit: limits.elements) }
        var element = XMLElement(name: XMLParser.local(name))
        var count = 0
        while true {
            let hadSpace = skipSpace()
            guard position < bytes.count else { throw malformed("a tag is not closed") }
            if bytes[position] == UInt8(ascii: ">") {
                position += 1
                open.append(element)
                openNames.append(name)
                texts.append([])
                return
            }
            if starts(with: "/>") {
                position += 2
                close(element)
                return
            }
            guard hadSpace else { throw malformed("a tag is malformed") }
            count += 1
            guard count <= limits.attributes else { throw .tooManyAttributes(limit: limits.attributes) }
            let (attribute, value) = try self.attribute()
            if attribute.elementsEqual("xmlns".utf8) || attribute.starts(with: "xmlns:".utf8) { continue }
            let local = XMLParser.local(attribute)
            guard element.attributes.updateValue(value, forKey: local) == nil else {
                throw malformed("an attribute comes twice")
            }
        }
    }

    private mutating func endTag() throws(XMLError) {
        position += 2
        let name = try self.name()
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: ">") else {
            throw malformed("a closing tag is malformed")
        }
        guard let expected = openNames.popLast(), expected.elementsEqual(name), var element = open.popLast(),
            let text = texts.popLast()
        else { throw malformed("a closing tag does not match") }
        position += 1
        element.text = String(decoding: text, as: UTF8.self)
        close(element)
    }

    private mutating func close(_ element: XMLElement) {
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
    }

    private mutating func attribute() throws(XMLError) -> (ArraySlice<UInt8>, String) {
        let name = try self.name()
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "=") else {
            throw malformed("an attribute has no value")
        }
        position += 1
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
        else { throw malformed("the value of an attribute is not quoted") }
        let quote = bytes[position]
        let start = position + 1
        guard let end = bytes[start...].firstIndex(of: quote) else {
            throw malformed("the value of an attribute is not closed")
        }
        guard !bytes[start..<end].contains(UInt8(ascii: "<")) else {
            throw malformed("the value of an attribute contains '<'")
        }
        let value = try resolved(start..<end, resolvesReferences: true)
        position = end + 1
        return (name, String(decoding: value, as: UTF8.self))
    }

    // MARK: Text

    private mutating func characters() throws(XMLError) {
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.endIndex
        if open.isEmpty {
            guard bytes[position..<end].allSatisfy(ASCII.isSpace) else {
                throw malformed("text outside of the root element")
            }
        } else {
            try appendText(position..<end, resolvesReferences: true)
        }
        position = end
    }

    private mutating func appendText(_ range: Range<Int>, resolvesReferences: Bool) throws(XMLError) {
        let text = try resolved(range, resolvesReferences: resolvesReferences)
        texts[texts.count - 1].append(contentsOf: text)
    }

    // Line ends become LF (section 2.11), references what they stand for.
    private func resolved(_ range: Range<Int>, resolvesReferences: Bool) throws(XMLError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "&") where resolvesReferences:
                let limit = min(range.upperBound, index + 12)
                guard let end = bytes[index..<limit].firstIndex(of: UInt8(ascii: ";")) else {
                    throw .malformed("a reference is not closed", offset: index)
                }
                try appendReference(bytes[(index + 1)..<end], offset: index, to: &output)
                index = end + 1
            case 0x0D:
                output.append(0x0A)
                index += 1
                if index < range.upperBound, bytes[index] == 0x0A { index += 1 }
            case 0..<9, 0x0B, 0x0C, 0x0E..<0x20:
                throw .malformed("a control character", offset: index)
            default:
                output.append(byte)
                index += 1
            }
        }
        return output
    }

    private func appendReference(
        _ reference: ArraySlice<UInt8>, offset: Int, to output: inout [UInt8]
    ) throws(XMLError) {
        switch reference {
        case let name where ASCII.equal(name, "amp"): output.append(UInt8(ascii: "&"))
        case let name where ASCII.equal(name, "lt"): output.append(UInt8(ascii: "<"))
        case let name where ASCII.equal(name, "gt"): output.append(UInt8(ascii: ">"))
        case let name where ASCII.equal(name, "quot"): output.append(UInt8(ascii: "\""))
        case let name where ASCII.equal(name, "apos"): output.append(UInt8(ascii: "'"))
        case let number where number.first == UInt8(ascii: "#"):
            // Control characters are let through here: keys may contain them and can be written in no other way.
            let digits = number.dropFirst()
            let isHexadecimal = digits.first == UInt8(ascii: "x")
            let text = String(decoding: isHexadecimal ? digits.dropFirst() : digits, as: UTF8.self)
            guard text.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let value = UInt32(text, radix: isHexadecimal ? 16 : 10), let scalar = UnicodeScalar(value)
            else { throw .malformed("a reference to no character", offset: offset) }
            output.append(contentsOf: String(Character(scalar)).utf8)
        default: throw .forbidden("an entity", offset: offset)
        }
    }

    // MARK: Small things

    // Letters, digits and the few signs that S3's names have, with at most one colon; all beyond ASCII.
    private mutating func name() throws(XMLError) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, XMLParser.isNameByte(bytes[position]) { position += 1 }
        let name = bytes[start..<position]
        guard let first = name.first, !ASCII.isDigit(first), first != UInt8(ascii: "-"), first != UInt8(ascii: "."),
            first != UInt8(ascii: ":"), name.last != UInt8(ascii: ":"),
            name.count(where: { $0 == UInt8(ascii: ":") }) <= 1
        else { throw malformed("a name is malformed") }
        return name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"), 0x80...0xFF:
            true
        default: false
        }
    }

    private static func local(_ name: ArraySlice<UInt8>) -> String {
        let start = name.firstIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? name.startIndex
        return String(decoding: name[start...], as: UTF8.self)
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        let start = position
        while position < bytes.count, ASCII.isSpace(bytes[position]) { position += 1 }
        return position > start
    }

    private func starts(with text: StaticString) -> Bool { ASCII.hasPrefix(bytes[position...], text) }

    private func find(_ text: StaticString, from start: Int) -> Int? {
        guard start <= bytes.count, let first = text.withUTF8Buffer({ $0.first }) else { return nil }
        var index = start
        while let candidate = bytes[index...].firstIndex(of: first) {
            if ASCII.hasPrefix(bytes[candidate...], text) { return candidate }
            index = candidate + 1
        }
        return nil
    }

    private func malformed(_ what: String) -> XMLError { .malformed(what, offset: position) }
}
