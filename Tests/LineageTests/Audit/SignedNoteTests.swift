// Why this file exists: notes are the public format to the byte: the example of the specification verifies, ours do,
// and nothing that was changed does.
import ObjectCore
import Testing

@testable import Lineage

@Suite("Signed notes")
struct SignedNoteTests {
    /// The example of golang.org/x/mod/sumdb/note, which the specification grew from.
    private static let skey =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    private static let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private static let text = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        """
    private static let note =
        text
        + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

    @Test("the published example verifies, and the same key signs the same bytes")
    func published() throws {
        let verifier = try NoteVerifier(text: Self.vkey)
        #expect(verifier.description == Self.vkey)
        let note = try SignedNote(encoded: Self.note)
        try note.verify([verifier])
        #expect(note.text == Self.text)
        let signer = try NoteSigner(text: Self.skey)
        #expect(signer.secretText == Self.skey)
        #expect(signer.verifier == verifier)
        #expect(try SignedNote(text: Self.text, signers: [signer]).encoded == Self.note)
    }

    @Test("no changed byte of text or signature is believed")
    func changes() throws {
        let verifier = try NoteVerifier(text: Self.vkey)
        let bytes = Array(Self.note.utf8)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            guard let text = String(validating: changed, as: UTF8.self) else { continue }
            #expect(throws: AuditError.self, "byte \(index)") {
                try SignedNote(encoded: text).verify([verifier])
            }
        }
    }

    @Test("unknown keys are ignored, and a note that no known key signed is refused")
    func unknown() throws {
        let other = try NoteSigner(
            name: "other", key: try #require(Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32))))
        let known = try NoteSigner(text: Self.skey)
        let note = try SignedNote(text: "a\n", signers: [other, known])
        #expect(try note.verify([known.verifier]) == [known.verifier])
        #expect(throws: AuditError.self) { try SignedNote(text: "a\n", signers: [other]).verify([known.verifier]) }
    }

    @Test(
        "what is no note is refused",
        arguments: [
            "", "\n", "text\n", "text\n\n", "text\n\n— name\n", "text\n\n— name AAAA\n", "text\n\n- name AAAAAAAA\n",
            "text\n\n— na+me AAAAAAAA\n", "te\u{1}xt\n\n— name AAAAAAAA\n", "text\n\n— name AAAAAAAA",
        ])
    func malformed(text: String) {
        #expect(throws: AuditError.self) { try SignedNote(encoded: text) }
    }

    @Test("a checkpoint is three lines, and a proof file comes back as it went")
    func checkpoint() throws {
        let checkpoint = Checkpoint(origin: "example.com/log", size: 7, root: MerkleHash.empty)
        #expect(try Checkpoint(text: checkpoint.text) == checkpoint)
        for text in ["a\n1\n", "a\n01\n\(Base64.encode(MerkleHash.empty))\n", "a\n1\nAAAA\n", "\n1\nAAAA\n"] {
            #expect(throws: AuditError.self) { try Checkpoint(text: text) }
        }
        let proof = LogProof(
            index: 5, hashes: [MerkleHash.empty, MerkleHash.leaf([1])], checkpoint: "c\n", extra: [1, 2])
        #expect(try LogProof(encoded: proof.encoded) == proof)
        #expect(try LogProof(encoded: LogProof(index: 0, hashes: [], checkpoint: "c\n").encoded).extra == nil)
    }

    @Test(
        "tile paths are spelt in one way",
        arguments: [
            "checkpoint", "tile/0/000", "tile/0/x001/x234/067", "tile/3/001.p/17", "tile/entries/x001/000",
            "tile/entries/000.p/255",
        ])
    func paths(path: String) {
        #expect(TilePath(path)?.text == path)
    }

    @Test(
        "other paths are none",
        arguments: [
            "", "tile", "tile/0", "tile/0/0", "tile/00/000", "tile/0/x000/000", "tile/0/000.p/256", "tile/0/000.p/0",
            "tile/64/000", "tile/0/../000", "tile/0/001/002", "tile/0/000/", "Tile/0/000", "tile/0/x001",
        ])
    func wrongPaths(path: String) {
        #expect(TilePath(path) == nil)
    }
}
