// Why this file exists: S3 answers in XML, some of it large (1,000 keys a page), so documents are appended to one
// byte buffer and no tree is built.
// Invariant: element names come from the program, text is always escaped, and closures close what they open, so
// the document is well-formed whatever a key contains.

/// Builds one XML document.
public struct XMLWriter: Sendable {
    /// The namespace of S3's answers.
    public static let s3Namespace: StaticString = "http://s3.amazonaws.com/doc/2006-03-01/"

    /// The document so far.
    public private(set) var bytes: [UInt8] = []

    /// Begins a document with its declaration.
    public init() {
        bytes.reserveCapacity(1024)
        append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    }

    /// An element with elements in it. Only the root names the default namespace.
    public mutating func element<Failure: Error>(
        _ name: StaticString, namespace: StaticString? = nil,
        _ content: (inout XMLWriter) throws(Failure) -> Void
    ) throws(Failure) {
        append("<")
        append(name)
        if let namespace {
            append(" xmlns=\"")
            append(namespace)
            append("\"")
        }
        append(">")
        try content(&self)
        close(name)
    }

    /// An element with elements in it and attributes, such as `xsi:type`.
    public mutating func element<Failure: Error>(
        _ name: StaticString, attributes: KeyValuePairs<StaticString, String>,
        _ content: (inout XMLWriter) throws(Failure) -> Void
    ) throws(Failure) {
        append("<")
        append(name)
        for (attribute, value) in attributes {
            append(" ")
            append(attribute)
            append("=\"")
            appendEscaped(value.utf8)
            append("\"")
        }
        append(">")
        try content(&self)
        close(name)
    }

    /// An element with elements in it whose name is only known at run time; it must be an XML name.
    public mutating func element<Failure: Error>(
        name: String, namespace: String? = nil, _ content: (inout XMLWriter) throws(Failure) -> Void
    ) throws(Failure) {
        append("<")
        bytes.append(contentsOf: name.utf8)
        if let namespace {
            append(" xmlns=\"")
            appendEscaped(namespace.utf8)
            append("\"")
        }
        append(">")
        try content(&self)
        append("</")
        bytes.append(contentsOf: name.utf8)
        append(">")
    }

    /// An element with text.
    public mutating func leaf(_ name: StaticString, _ text: some StringProtocol) {
        append("<")
        append(name)
        append(">")
        appendEscaped(text.utf8)
        close(name)
    }

    /// An element with text, given as UTF-8. Bytes that are not UTF-8 become U+FFFD.
    public mutating func leaf(_ name: StaticString, bytes text: [UInt8]) {
        append("<")
        append(name)
        append(">")
        if text.allSatisfy({ $0 < 0x80 }) {
            appendEscaped(text)
        } else {
            appendEscaped(String(decoding: text, as: UTF8.self).utf8)
        }
        close(name)
    }

    /// An element with a decimal number.
    public mutating func leaf(_ name: StaticString, _ number: some BinaryInteger) {
        leaf(name, String(number))
    }

    /// An element with `true` or `false`.
    public mutating func leaf(_ name: StaticString, _ flag: Bool) {
        leaf(name, flag ? "true" : "false")
    }

    /// An element with text whose name is only known at run time; it must be an XML name.
    public mutating func leaf(name: String, _ text: String) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ">"))
        appendEscaped(text.utf8)
        append("</")
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ">"))
    }

    /// An element without content.
    public mutating func empty(_ name: StaticString) {
        append("<")
        append(name)
        append("/>")
    }

    /// Text directly inside the element that is open.
    public mutating func text(_ text: some StringProtocol) {
        appendEscaped(text.utf8)
    }

    /// White space between elements, to keep a connection alive while an answer is still being worked out.
    public mutating func space() {
        append(" ")
    }

    private mutating func close(_ name: StaticString) {
        append("</")
        append(name)
        append(">")
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func appendEscaped(_ text: some Sequence<UInt8>) {
        let isDone: Void? = text.withContiguousStorageIfAvailable { appendEscaped($0) }
        if isDone == nil { Array(text).withUnsafeBufferPointer { appendEscaped($0) } }
    }

    // Most text needs nothing: runs of plain bytes are appended whole.
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in 0..<text.count where XMLWriter.isEscaped(text[index]) {
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
            appendEscaped(text[index])
            start = index + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    // Control characters other than tab and newline cannot stand in XML; AWS writes references, and so a carriage
    // return survives the line end normalisation of XML 1.0 section 2.11.
    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "&"): append("&amp;")
        case UInt8(ascii: "<"): append("&lt;")
        case UInt8(ascii: ">"): append("&gt;")
        case UInt8(ascii: "\""): append("&quot;")
        case 13: append("&#13;")
        default:
            append("&#x")
            bytes.append(contentsOf: String(byte, radix: 16).utf8)
            append(";")
        }
    }

    /// Bit n tells whether byte n is escaped: control characters but tab and newline, and `"`, `&`, `<`, `>`.
    private static let escapedMask: UInt64 = {
        var mask: UInt64 = 0
        for byte in 0..<32 where byte != 9 && byte != 10 { mask |= 1 << UInt64(byte) }
        for byte in "\"&<>".utf8 { mask |= 1 << UInt64(byte) }
        return mask
    }()

    @inline(__always)
    private static func isEscaped(_ byte: UInt8) -> Bool { byte < 64 && escapedMask >> UInt64(byte) & 1 != 0 }
}
