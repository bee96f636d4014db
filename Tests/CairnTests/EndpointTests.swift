// Why this file exists: what the command line reads from the environment, and where it puts what it fetches.
import Lineage
import ObjectCore
import Testing

@testable import cairn

@Suite struct EndpointTests {
    @Test(
        "addresses are read",
        arguments: [
            ("http://127.0.0.1:9000", "127.0.0.1", 9000, "127.0.0.1:9000"), ("http://host", "host", 80, "host"),
            ("https://host/", "host", 443, "host"), ("https://[::1]:9443", "::1", 9443, "[::1]:9443"),
        ])
    func addresses(text: String, host: String, port: UInt16, authority: String) throws {
        let address = try #require(EndpointAddress(text))
        #expect(address.host == host && address.port == port && address.authority == authority)
    }

    @Test(
        "what is no address is none",
        arguments: ["", "host:9000", "ftp://h", "http://", "http://h/path", "http://h:0", "http://u@h", "http://[::1"])
    func noAddresses(text: String) { #expect(EndpointAddress(text) == nil) }

    @Test("the more exact variable counts")
    func environment() throws {
        let both = ["AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b"]
        #expect(try EndpointAddress.of(both).host == "b")
        #expect(try EndpointAddress.of([:]).text == EndpointAddress.byDefault)
        #expect(throws: CommandFailure.self) { try EndpointCredentials.of([:]) }
    }

    @Test("no key leads out of the directory, and no two keys are one file")
    func reproducedPaths() {
        let keys = ["a/b", "a//b", "../x", "a/./b", "a/%2E/b", "/etc", "a/", "%", "..", "ü", "a\u{0}b"]
        let paths = keys.map { ReproducedPath.path(bucket: "b", key: Array($0.utf8)) }
        #expect(Set(paths).count == keys.count)
        for path in paths {
            #expect(path.hasPrefix("b/"))
            #expect(
                !path.split(separator: "/", omittingEmptySubsequences: false).contains { ["", ".", ".."].contains($0) })
        }
    }

    @Test("words behind -- are the command's own")
    func rest() throws {
        let words = ["--job", "train", "--param", "a=b=c", "--", "python", "--json", "-x", "--"]
        let parsed = try ArgumentParser.parse(words, for: RunExecCommand.specification)
        #expect(parsed.rest == ["python", "--json", "-x", "--"])
        let plan = try RunPlan(parsed)
        #expect(plan.job == "train" && plan.facts.contains(NameValue("param:a", "b=c")))
        #expect(throws: UsageError.self) {
            try ArgumentParser.parse(["--job", "x"], for: RunExecCommand.specification)
        }
        #expect(throws: UsageError.self) {
            try ArgumentParser.parse(["--job", "x", "--"], for: RunExecCommand.specification)
        }
    }

    @Test("the command finds the run's credentials and no others")
    func environmentOfRun() throws {
        let parsed = try ArgumentParser.parse(["--job", "a b", "--", "x"], for: RunExecCommand.specification)
        let plan = try RunPlan(parsed)
        let address = try #require(EndpointAddress("http://h:1"))
        let made = RunEnvironment.make(
            ["AWS_PROFILE": "p", "PATH": "/bin", "OPENLINEAGE_URL": "http://elsewhere"], plan,
            EndpointCredentials(accessKey: "k", secret: "s", sessionToken: "t"), address)
        #expect(made["AWS_PROFILE"] == nil && made["PATH"] == "/bin" && made["AWS_SESSION_TOKEN"] == "t")
        #expect(made["CAIRN_RUN_ID"] == plan.run.description && made["AWS_ENDPOINT_URL"] == "http://h:1")
        #expect(made["OPENLINEAGE_URL"] == "http://elsewhere" && made["OPENLINEAGE_API_KEY"] == nil)
        #expect(plan.sessionName == "run-a-b")
    }
}

@Suite struct LineageTreeTests {
    @Test("what was shown is not unfolded again, and no key drives the terminal")
    func tree() throws {
        let answer = try JSONDocument(
            Array(
                #"""
                {"direction":"upstream","nodes":[
                {"id":"v1","kind":"version","bucket":"b","key":"out\u001b[2J","size":5,"versionId":"1","depth":0},
                {"id":"r","kind":"run","run":"id","job":"j","namespace":"default","status":"completed","depth":0},
                {"id":"v2","kind":"version","bucket":"b","key":"in","size":2048,"versionId":"2","depth":1},
                {"id":"x","kind":"restricted","depth":1}],
                "edges":[{"from":"v1","to":"r","kind":"generated","evidence":"observed"},
                {"from":"r","to":"v2","kind":"used","evidence":"observed","bytes":10},
                {"from":"v1","to":"v2","kind":"derivedFrom","evidence":"declared"},
                {"from":"r","to":"x","kind":"used","evidence":"inferred"}]}
                """#.utf8))
        let lines = LineageTree(answer).text.split(separator: "\n").map { String($0) }
        #expect(
            lines == [
                "s3://b/out\u{FFFD}[2J  5 B  1", "├─ ● run j  id  completed",
                "│  ├─ ● read 10 B of s3://b/in  2 KiB  2",
                "│  └─ ◐ read (of another account)", "└─ ○ derived from s3://b/in  2 KiB  2", LineageTree.legend,
            ])
    }
}
