// Why this file exists: the parser must find the same in a form however it is cut into pieces, and keep its limits.
import Testing

@testable import S3Gateway

@Suite struct FormDataParserTests {
    private static func parse(
        _ text: String, boundary: String = "B", piece: Int = .max
    ) throws -> (fields: [String: String], file: String?, fileName: String?) {
        var parser = try FormDataParser(boundary: Array(boundary.utf8))
        var rest = Array(text.utf8)[...]
        var fields: [String: String] = [:]
        var file: [UInt8]?
        var fileName: String?
        while true {
            switch try parser.next() {
            case .needsBytes:
                if rest.isEmpty {
                    parser.endOfInput()
                } else {
                    parser.append(Array(rest.prefix(piece)))
                    rest = rest.dropFirst(piece)
                }
            case .field(let name, let value): fields[name] = String(decoding: value, as: UTF8.self)
            case .file(let name, _):
                fileName = name
                file = []
            case .content(let bytes): file?.append(contentsOf: bytes)
            case .end: return (fields, file.map { String(decoding: $0, as: UTF8.self) }, fileName)
            }
        }
    }

    private static let form =
        "--B\r\nContent-Disposition: form-data; name=\"key\"; filename=\"key\"\r\n\r\na/${filename}\r\n"
        + "--B\r\ncontent-disposition: form-data; name=policy\r\nContent-Type: text/plain\r\n\r\n\r\n"
        + "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\dir\\x.txt\"\r\n"
        + "Content-Type: text/plain\r\n\r\nline\r\n--Bnot\r\n\r\n--\r\n--B--\r\nepilogue"

    @Test("a form is the same in pieces of any size", arguments: [1, 2, 3, 5, 7, 16, 64, 1000])
    func pieces(_ size: Int) throws {
        // `--Bnot` looks like a boundary for three bytes and is refused as one: it must not be in the content.
        let form = Self.form.replacing("--Bnot", with: "-Bnot")
        let parsed = try Self.parse(form, piece: size)
        #expect(parsed.fields == ["key": "a/${filename}", "policy": ""])
        #expect(parsed.file == "line\r\n-Bnot\r\n\r\n--")
        #expect(parsed.fileName == "C:\\dir\\x.txt")
    }

    @Test("an empty file is a file")
    func emptyFile() throws {
        let parsed = try Self.parse(
            "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\r\n--B--\r\n")
        #expect(parsed.file == "")
        #expect(parsed.fileName == nil)
    }

    @Test("a preamble is skipped and a form without a file ends")
    func noFile() throws {
        let parsed = try Self.parse(
            "hello\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--")
        #expect(parsed.fields == ["a": "1"])
        #expect(parsed.file == nil)
    }

    @Test("a preamble counts once, however it comes", arguments: [1, 7, 1000])
    func preamble(_ size: Int) throws {
        let part = "\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--"
        #expect(try Self.parse(String(repeating: "x", count: 19_000) + part, piece: size).fields == ["a": "1"])
        #expect(throws: FormDataError.fieldsTooLong) {
            try Self.parse(String(repeating: "x", count: 20_001) + part, piece: size)
        }
    }

    @Test(
        "what is cut off is told",
        arguments: [
            "", "--B", "--B\r\n", "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1",
            "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--",
        ])
    func truncated(_ text: String) {
        #expect(throws: FormDataError.truncated) { try Self.parse(text) }
    }

    @Test(
        "what is malformed is told",
        arguments: [
            "--Bx\r\n", "--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--",
            "--B\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--B--", "--B\r\nno colon\r\n\r\n1\r\n--B--",
            "--B\r\nX: 1\r\n\r\n1\r\n--B--",
        ])
    func malformed(_ text: String) {
        let error = #expect(throws: FormDataError.self) { try Self.parse(text) }
        guard case .malformed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("fields beyond 20,000 bytes are refused, in one field or in many")
    func limits() {
        let long = String(repeating: "x", count: 21_000)
        #expect(throws: FormDataError.fieldsTooLong) {
            try Self.parse("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\(long)\r\n--B--", piece: 1000)
        }
        let part = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\(long.prefix(3000))\r\n"
        #expect(throws: FormDataError.fieldsTooLong) {
            try Self.parse(String(repeating: part, count: 8) + "--B--", piece: 1000)
        }
        #expect(throws: FormDataError.self) {
            try Self.parse("--B\r\nX: \(long)\r\n\r\n--B--", piece: 1000)
        }
        #expect(throws: FormDataError.fieldsTooLong) { try Self.parse(long + long, piece: 1000) }
    }

    @Test("a boundary has 1 to 70 characters")
    func boundary() {
        #expect(throws: FormDataError.self) { _ = try FormDataParser(boundary: []) }
        #expect(throws: FormDataError.self) {
            _ = try FormDataParser(boundary: Array(repeating: 65, count: 71))
        }
    }
}
