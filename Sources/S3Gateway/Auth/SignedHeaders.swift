// Why this file exists: header values in the form in which both versions of the signature cover them.
extension RequestHead {
    /// The values of all fields called `name` (lower case), joined by commas as signatures join them; nil when there
    /// is none.
    func joinedValue(_ name: StaticString) -> [UInt8]? {
        var found: [UInt8]?
        for field in fields where isNamed(field, name) {
            if found == nil {
                found = Array(bytes[field.value.range])
            } else {
                found?.append(UInt8(ascii: ","))
                found?.append(contentsOf: bytes[field.value.range])
            }
        }
        return found
    }

    /// Appends the values of all fields called `name`, each trimmed and with inner white space collapsed to one
    /// space, joined by commas.
    func appendCanonicalValue(of name: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var isFirst = true
        for field in fields where field.name.count == name.count && bytes[field.name.range].elementsEqual(name) {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            RequestHead.appendCollapsed(bytes[field.value.range], to: &output)
        }
    }

    static func appendCollapsed(_ value: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var isPending = false
        var isEmpty = true
        for byte in value {
            if ASCII.isSpace(byte) {
                isPending = !isEmpty
                continue
            }
            if isPending { output.append(0x20) }
            isPending = false
            isEmpty = false
            output.append(byte)
        }
    }
}
