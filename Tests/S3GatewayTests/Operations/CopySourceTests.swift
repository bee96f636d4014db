// Why this file exists: clients write copy sources in four ways.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct CopySourceTests {
    @Test(
        "a source names bucket and key",
        arguments: [
            ("bucket/key", "key"), ("/bucket/key", "key"), ("bucket/a/b%20c", "a/b c"), ("%2Fbucket%2Fa%2Fb", "a/b"),
            ("bucket/a%2Bb", "a+b"), ("bucket/a+b", "a b"), ("bucket/%F0%9F%98%80", "😀"), ("bucket//key", "/key"),
            ("bucket/a?b", "a?b"), ("bucket/dir/", "dir/"), ("bucket/a%3FversionId%3Dnull", "a?versionId=null"),
        ])
    func named(_ text: String, _ key: String) throws {
        let source = try CopySource(Array(text.utf8)[...])
        #expect(source.bucket == "bucket")
        #expect(source.key == (try ObjectKey(key)))
        #expect(source.version == nil)
    }

    @Test("a version is taken off the end")
    func version() throws {
        let id = VersionID.index(42)
        let source = try CopySource(Array("/bucket/a%3Fb?versionId=\(id)".utf8)[...])
        #expect(source.key == (try ObjectKey("a?b")))
        #expect(source.version == id)
        #expect(try CopySource(Array("bucket/k?versionId=null".utf8)[...]).version == .null)
    }

    @Test(
        "what names no object is refused",
        arguments: [
            "", "/", "bucket", "/bucket", "bucket/", "/bucket/", "bucket/%zz", "bu cket/key", "bucket/k?versionId=bad",
            "bucket/%FF",
        ])
    func refused(_ text: String) {
        let error = #expect(throws: S3Error.self) { _ = try CopySource(Array(text.utf8)[...]) }
        #expect(error?.code == .invalidArgument)
    }
}
