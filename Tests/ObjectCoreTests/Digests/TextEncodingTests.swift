// Why this file exists: Hex and Base64 meet client bytes first; each wrong text must be refused.
import Testing

@testable import ObjectCore

@Suite struct TextEncodingTests {
    // RFC 4648 section 10.
    @Test(
        "Base64 vectors come out both ways",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("\u{3ff}\u{3fe}", "z7/Pvg=="),
        ])
    func base64(_ plain: String, _ text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
    }

    @Test(
        "Base64 that is not canonical is refused",
        arguments: [
            "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm-_", "=Zg=", "Zg=a", " Zg=",
        ])
    func notBase64(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("every byte survives Base64 and Hex")
    func allBytes() {
        let bytes = [UInt8](0...255)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        #expect(Hex.encodeASCII(bytes) == Array(Hex.encode(bytes).utf8))
        #expect(Hex.decode(Hex.encode(bytes).uppercased()) == bytes)
    }

    @Test("text that is not hexadecimal is refused", arguments: ["0", "0g", "g0", " 0", "0x", "00 ", "é"])
    func notHex(_ text: String) {
        #expect(Hex.decode(text) == nil)
    }
}
