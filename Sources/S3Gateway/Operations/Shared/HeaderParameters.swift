// Why this file exists: `value; name="text"` is the form of Content-Disposition and Content-Type, which a form upload
// needs taken apart. See: RFC 9110 section 5.6.6.

/// A header value with its parameters.
struct HeaderParameters {
    private let value: [UInt8]
    private var parameters: [NamedText] = []

    private struct NamedText {
        var name: String
        var text: String
    }

    init(_ bytes: some Collection<UInt8>) {
        var rest = Array(bytes)[...]
        let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
        value = Array(HeaderParameters.trimmed(rest[..<end])).map { $0 >= 65 && $0 <= 90 ? $0 | 0x20 : $0 }
        rest = rest[end...]
        while let first = rest.first, first == UInt8(ascii: ";") {
            rest = rest.dropFirst()
            let stop =
                rest.firstIndex { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") } ?? rest.endIndex
            let name = String(decoding: HeaderParameters.trimmed(rest[..<stop]), as: UTF8.self).lowercased()
            rest = rest[stop...]
            var text: [UInt8] = []
            if rest.first == UInt8(ascii: "=") {
                rest = rest.dropFirst().drop { $0 == 32 || $0 == 9 }
                if rest.first == UInt8(ascii: "\"") {
                    rest = rest.dropFirst()
                    while let byte = rest.first, byte != UInt8(ascii: "\"") {
                        // Only an escaped quote is unescaped: old browsers send Windows paths with bare backslashes.
                        if byte == UInt8(ascii: "\\"), rest.dropFirst().first == UInt8(ascii: "\"") {
                            rest = rest.dropFirst()
                            text.append(UInt8(ascii: "\""))
                        } else {
                            text.append(byte)
                        }
                        rest = rest.dropFirst()
                    }
                    rest = rest.drop { $0 != UInt8(ascii: ";") }
                } else {
                    let next = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
                    text = Array(HeaderParameters.trimmed(rest[..<next]))
                    rest = rest[next...]
                }
            }
            parameters.append(NamedText(name: name, text: String(decoding: text, as: UTF8.self)))
        }
    }

    /// Whether the value before the parameters is `text`, which is given in lower case.
    func isValue(_ text: String) -> Bool { value.elementsEqual(text.utf8) }

    /// The first parameter called `name`, which is given in lower case.
    subscript(name: String) -> String? { parameters.first { $0.name == name }?.text }

    /// Without spaces, tabs and line ends around.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, first == 32 || first == 9 || first == 13 || first == 10 { bytes.removeFirst() }
        while let last = bytes.last, last == 32 || last == 9 || last == 13 || last == 10 { bytes.removeLast() }
        return bytes
    }
}
