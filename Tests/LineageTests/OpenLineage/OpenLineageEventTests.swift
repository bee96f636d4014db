// Why this file exists: which part of an event means what, and which facet decides.
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct OpenLineageEventTests {
    private static let base = #""eventTime":"2026-01-02T03:04:05Z","producer":"https://p","schemaURL":"https://s""#
    private static let run =
        #""run":{"runId":"f69a6e9b-9bac-3c9a-9cf6-eacb70ecc9a9"},"job":{"namespace":"n","name":"j"}"#

    private func event(_ members: String) throws -> OpenLineageEvent {
        try OpenLineageEvent(try JSONDocument(Array("{\(Self.base),\(members)}".utf8)))
    }

    @Test("the three kinds are told apart")
    func kinds() throws {
        #expect(try event(Self.run).kind == .run(nil))
        #expect(try event(#""eventType":"COMPLETE",\#(Self.run)"#).kind == .run(.complete))
        #expect(try event(#""job":{"namespace":"n","name":"j"}"#).kind == .job)
        #expect(try event(#""dataset":{"namespace":"n","name":"d"}"#).kind == .dataset)
    }

    @Test(
        "what breaks the schema is refused with its member",
        arguments: [
            (#""run":{"runId":"x"},"job":{"namespace":"n","name":"j"}"#, "run.runId"),
            (#""run":{"runId":"f69a6e9b-9bac-3c9a-9cf6-eacb70ecc9a9"}"#, "job"),
            (#""job":{"namespace":"n"}"#, "job.name"), (#""job":{"namespace":"n","name":"j"},"inputs":{}"#, "inputs"),
            (#""job":{"namespace":"n","name":"j"},"inputs":[{"name":"x"}]"#, "inputs[0].namespace"),
            (#""job":{"namespace":"n","name":"j","facets":{"x":1}}"#, "job.facets.x"),
            (
                #""dataset":{"namespace":"n","name":"d","facets":{"version":{}}}"#,
                "dataset.facets.version.datasetVersion"
            ),
            (#""eventType":"OVER",\#(run)"#, "eventType"), (#""other":1"#, ""),
        ])
    func refused(members: String, member: String) throws {
        let error = #expect(throws: OpenLineageError.self) { try event(members) }
        #expect(error?.member == member)
    }

    @Test(
        "schemes of S3 are one",
        arguments: [
            ("s3a://bucket", "bucket"), ("s3n://bucket/", "bucket"), ("S3://bucket", "bucket"),
            ("s3://bucket", "bucket"),
            ("s3://", nil), ("postgres://db", nil), ("s3://bucket/inside", nil),
        ])
    func schemes(namespace: String, bucket: String?) {
        #expect(OpenLineageDataset(namespace: namespace, name: "k").bucket == bucket)
    }

    @Test("a slash before the key may be there or not")
    func slash() throws {
        let keys = OpenLineageDataset(namespace: "s3://b", name: "/a/b").keys
        #expect(keys.map(\.description) == ["/a/b", "a/b"])
    }

    @Test("a parent is read")
    func parent() throws {
        let id = "11111111-2222-3333-4444-555555555555"
        let run =
            #""run":{"runId":"f69a6e9b-9bac-3c9a-9cf6-eacb70ecc9a9","facets":{"parent":{"run":{"runId":"\#(id)"},"#
            + #""job":{"namespace":"n","name":"up"}}}},"job":{"namespace":"n","name":"j"}"#
        let parent = try #require(try event(run).parent)
        #expect(parent.run.description == id && parent.job == Job(namespace: "n", name: "up"))
    }

    // MARK: Precedence

    private static let inputs =
        #""inputs":[{"namespace":"s","name":"a"},{"namespace":"s","name":"b"},{"namespace":"s","name":"c"}]"#

    @Test("without a facet, every output comes from every input")
    func byInputs() throws {
        let found = try event(#"\#(Self.run),\#(Self.inputs),"outputs":[{"namespace":"s","name":"o"}]"#).derivations
        #expect(found.map(\.source) == [.inputs])
        #expect(found[0].sources.map(\.name) == ["a", "b", "c"])
    }

    @Test("column lineage is more exact, and speaks for its output only")
    func byColumns() throws {
        let facet = #"{"columnLineage":{"fields":{"x":{"inputFields":[{"namespace":"s","name":"b","field":"y"}]}}}}"#
        let outputs = #""outputs":[{"namespace":"s","name":"o","facets":\#(facet)},{"namespace":"s","name":"p"}]"#
        let found = try event("\(Self.run),\(Self.inputs),\(outputs)").derivations
        #expect(found.map(\.source) == [.columnLineage, .inputs])
        #expect(found[0].sources.map(\.name) == ["b"] && found[1].sources.count == 3)
    }

    @Test("the lineage facet decides before columns, on the dataset and on the job")
    func byLineage() throws {
        let columns = #""columnLineage":{"fields":{"x":{"inputFields":[{"namespace":"s","name":"b","field":"y"}]}}}"#
        let lineage = #""lineage":{"inputs":[{"namespace":"s","name":"c","type":"DATASET"},{"type":"JOB"}]}"#
        let output = #""outputs":[{"namespace":"s","name":"o","facets":{\#(columns),\#(lineage)}}]"#
        let found = try event("\(Self.run),\(Self.inputs),\(output)").derivations
        #expect(found.map(\.source) == [.lineage] && found[0].sources.map(\.name) == ["c"])

        let entries =
            #"{"lineage":{"entries":[{"namespace":"s","name":"o","type":"DATASET","inputs":[],"#
            + #""fields":{"f":{"inputs":[{"namespace":"s","name":"a","type":"DATASET","field":"g"}]}}}]}}"#
        let job =
            #""run":{"runId":"f69a6e9b-9bac-3c9a-9cf6-eacb70ecc9a9"},"job":{"namespace":"n","name":"j","facets":\#(entries)}"#
        let byJob = try event(#"\#(job),\#(Self.inputs),"outputs":[{"namespace":"s","name":"o"}]"#).derivations
        #expect(byJob.map(\.source) == [.lineage] && byJob[0].sources.map(\.name) == ["a"])
    }
}

@Suite struct DeclarationTests {
    @Test("a long declaration is many entries, none too long, and nothing is lost")
    func records() throws {
        var declaration = Declaration()
        declaration.used = (1...5000).map { Int64($0) + 1_000_000_000_000 }
        declaration.derived = (1...3000).map { Declaration.Pair(output: 4_000_000_000_000_000, input: Int64($0)) }
        let records = declaration.records(.embedded, [("event", .text("x"))])
        var used: [Int64] = []
        var pairs = 0
        for record in records {
            let content = CanonicalJSON.object(record.members)
            #expect(content.encoded().count < JournalEntry.lengthMaximum - 4096)
            used += content["used"]?.list?.compactMap(\.integer) ?? []
            pairs += content["derived"]?.list?.count ?? 0
        }
        #expect(used == declaration.used && pairs == 3000 && records.count > 1)
        #expect(records.filter { CanonicalJSON.object($0.members)["event"] != nil }.count == 1)
    }
}
