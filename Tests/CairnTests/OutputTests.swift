// Why this file exists: holds what people and scripts read: sizes, progress, the greeting and its secret.
import ObjectCore
import S3Gateway
import Testing

@testable import cairn

@Suite struct ByteTextTests {
    @Test(
        "sizes have at most three digits and one decimal",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (102_300, "99.9 KiB"),
            (102_400, "100 KiB"), (1_048_575, "1 MiB"), (1 << 40, "1 TiB"), (Int64.max, "8192 PiB"),
        ])
    func sizes(bytes: Int64, text: String) {
        #expect(ByteText.text(bytes) == text)
    }
}

@Suite struct ProgressLineTests {
    @Test("a line tells part, amounts and the time left")
    func line() {
        #expect(
            ProgressLine.text(
                label: "scrub", done: 1 << 30, total: 4 << 30, elapsedSeconds: 10, unit: .bytes)
                == "scrub  [######                  ]  25 %  1 GiB of 4 GiB  0:30 left")
    }

    @Test("without a total only the amount is told; a done total is not exceeded")
    func borders() {
        #expect(ProgressLine.text(label: "gc", done: 7, total: 0, elapsedSeconds: 3, unit: .rows) == "gc  7")
        #expect(
            ProgressLine.text(label: "gc", done: 12, total: 10, elapsedSeconds: 3, unit: .rows)
                == "gc  [########################] 100 %  10 of 10")
    }
}

@Suite struct GreetingTests {
    private static func greeting(key: AccessKey?) -> Greeting {
        Greeting(
            data: "./data", endpoints: [.tcp(host: "0.0.0.0", port: 9000), .tcp(host: "::1", port: 9001)],
            adminEndpoint: nil, isSecure: true, region: "eu-1", newKey: key, accessLogPath: nil,
            collectionIntervalSeconds: 3600)
    }
    private static let key = AccessKey(
        id: "AKIAEXAMPLE", secret: "s3cr3t", account: "a", displayName: "", created: Timestamp(milliseconds: 0),
        isRevoked: false)

    @Test("the start that made the key prints export lines with an address that clients reach")
    func exports() {
        #expect(
            Self.greeting(key: Self.key).exports == [
                "export AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "export AWS_SECRET_ACCESS_KEY=s3cr3t",
                "export AWS_ENDPOINT_URL=https://127.0.0.1:9000", "export AWS_DEFAULT_REGION=eu-1",
            ])
    }

    @Test("later starts print none, and the summary never holds a secret")
    func laterStarts() {
        #expect(Self.greeting(key: nil).exports == nil)
        #expect(!Self.greeting(key: Self.key).summary.contains("s3cr3t"))
        #expect(Self.greeting(key: nil).summary.contains("cairn key create ./data"))
        #expect(Self.greeting(key: nil).document.secretAccessKey == nil)
    }

    @Test("the summary fits a screen")
    func fits() {
        let lines = Self.greeting(key: Self.key).summary.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 20 && lines.allSatisfy { $0.count <= 80 })
    }
}

@Suite struct ExitCodeTests {
    @Test("exit codes are those that scripts know")
    func values() {
        #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 64, 69, 70, 74, 78])
    }

    @Test("a failure is one sentence with what to do next")
    func sentence() {
        let locked = CommandFailure(OperatorError(.locked("process 7 holds the store")))
        #expect(locked.code == .unavailable)
        #expect(
            locked.sentence
                == "cairn: process 7 holds the store; stop it first, or use another folder")
    }
}

@Suite struct LogTextTests {
    @Test("moments are written in UTC")
    func moments() {
        #expect(LogText.time(Timestamp(milliseconds: 1_549_411_238_999)) == "2019-02-06T00:00:38Z")
    }
}
