// Why this file exists: holds the grammar of the configuration file and the order of the layers.
import S3Gateway
import Testing

@testable import cairn

@Suite struct ConfigurationFileTests {
    @Test("lines are settings; comments, empty lines and white space say nothing")
    func grammar() throws {
        let file = try ConfigurationFile(
            "# a comment\n\n  ; another\r\nlisten = 127.0.0.1:1\n\tregion=eu-1  \nlisten=[::1]:2\naccess-log = /a #b.log\n"
        )
        #expect(
            file.entries == [
                .init(name: "listen", value: "127.0.0.1:1", line: 4),
                .init(name: "region", value: "eu-1", line: 5),
                .init(name: "listen", value: "[::1]:2", line: 6),
                .init(name: "access-log", value: "/a #b.log", line: 7),
            ])
    }

    @Test(
        "what is not understood is refused with its line",
        arguments: [
            ("listen 1", 1, "\"listen 1\" is no setting", "write it as name = value"),
            ("\n[section]", 2, "\"[section]\" is no setting", "write it as name = value"),
            ("\n\nregoin = x", 3, "there is no setting regoin", "did you mean region?"),
            ("region =", 1, "region has no value", "leave the line out for the default"),
            ("region = a\nregion = b", 2, "region was given in line 1 already", "leave one of them out"),
            (
                "secret-access-key = x", 1, "secret-access-key is a secret and not taken from files",
                "set CAIRN_SECRET_ACCESS_KEY in the environment"
            ),
        ])
    func refusals(text: String, line: Int, message: String, advice: String) {
        #expect(throws: ConfigurationFile.Problem(line: line, message: message, advice: advice)) {
            try ConfigurationFile(text)
        }
    }
}

@Suite struct ResolvedSettingsTests {
    private func resolve(
        file: String? = nil, environment: [String: String] = [:], options: [String: [String]] = [:]
    ) throws -> ResolvedSettings {
        let content = try file.map { ("c.conf", try ConfigurationFile($0)) }
        return try ResolvedSettings(
            file: content.map { (path: $0.0, content: $0.1) }, environment: environment, options: options)
    }

    @Test("the master key lies with the operator's settings, unless told otherwise")
    func masterKeyPlace() throws {
        #expect(try resolve().text("master-key-file") == nil)
        #expect(
            try resolve(environment: ["HOME": "/h"]).text("master-key-file") == "/h/.config/cairn/master.key")
        let environment = ["HOME": "/h", "XDG_CONFIG_HOME": "/x"]
        #expect(try resolve(environment: environment).text("master-key-file") == "/x/cairn/master.key")
        #expect(
            try resolve(environment: environment, options: ["master-key-file": ["off"]]).text("master-key-file")
                == "off")
    }

    @Test("the later layer wins and is named")
    func precedence() throws {
        let file = "region = from-file"
        let environment = ["CAIRN_REGION": "from-environment"]
        #expect(try resolve()["region"] == .init(name: "region", values: ["us-east-1"], origin: .byDefault))
        #expect(
            try resolve(file: file)["region"]
                == .init(name: "region", values: ["from-file"], origin: .file(path: "c.conf", line: 1)))
        #expect(
            try resolve(file: file, environment: environment)["region"]
                == .init(
                    name: "region", values: ["from-environment"], origin: .environment(variable: "CAIRN_REGION")))
        #expect(
            try resolve(file: file, environment: environment, options: ["region": ["from-option"]])["region"]
                == .init(name: "region", values: ["from-option"], origin: .option("region")))
    }

    @Test("a repeatable setting of a later layer replaces all earlier values")
    func repeatable() throws {
        let file = "listen = a:1\nlisten = b:2"
        #expect(try resolve(file: file)["listen"].values == ["a:1", "b:2"])
        #expect(try resolve(file: file, environment: ["CAIRN_LISTEN": "c:3,d:4"])["listen"].values == ["c:3", "d:4"])
        #expect(try resolve(file: file, options: ["listen": ["e:5"]])["listen"].values == ["e:5"])
    }

    @Test("an empty variable counts as absent")
    func emptyVariable() throws {
        #expect(try resolve(environment: ["CAIRN_REGION": ""])["region"].origin == .byDefault)
    }

    @Test("a wrong value says where it comes from, and an option's is a usage error")
    func wrongValues() {
        #expect(
            throws: CommandFailure(
                .configuration, "listen \"x\" is no HOST:PORT such as 127.0.0.1:9000 or [::1]:9000",
                advice: "it comes from: c.conf:1")
        ) { try resolve(file: "listen = x") }
        #expect(
            throws: CommandFailure(
                .usage, "loops \"many\" is no number from 0 to 256", advice: "it comes from: option --loops")
        ) { try resolve(options: ["loops": ["many"]]) }
    }

    @Test("a wrong secret is not repeated")
    func secretsStay() {
        #expect(
            throws: CommandFailure(
                .configuration, "CAIRN_ACCESS_KEY_ID must be 3 to 128 letters, digits, `_` or `-`",
                advice: "it comes from: environment CAIRN_ACCESS_KEY_ID")
        ) { try resolve(environment: ["CAIRN_ACCESS_KEY_ID": "a b c"]) }
    }

    @Test("every setting has a default that its own check accepts, and a variable of its own")
    func table() {
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        for setting in Setting.all {
            for value in setting.defaults { #expect(setting.problem(value) == nil, "\(setting.name)") }
        }
    }
}

@Suite struct ServeConfigurationTests {
    private func configuration(_ environment: [String: String]) throws -> ServeConfiguration {
        try ServeConfiguration(ResolvedSettings(file: nil, environment: environment, options: [:]))
    }

    @Test("defaults: loopback only, no admin listener, no log, collection each hour")
    func defaults() throws {
        let configuration = try configuration([:])
        #expect(configuration.listen == [.tcp(host: "127.0.0.1", port: 9000)])
        #expect(configuration.admin == nil)
        #expect(configuration.tls == nil)
        #expect(configuration.accessLog == nil)
        #expect(configuration.collectionIntervalSeconds == 3600)
        #expect(configuration.shutdownGraceSeconds == 30)
        #expect(configuration.firstKey == nil)
    }

    @Test("a region is the only one when somebody chose it, whichever it is")
    func region() throws {
        #expect(try !configuration([:]).isRegionChosen)
        #expect(try configuration(["CAIRN_REGION": "us-east-1"]).isRegionChosen)
    }

    @Test("collection can be switched off")
    func noCollection() throws {
        #expect(try configuration(["CAIRN_GC_INTERVAL": "off"]).collectionIntervalSeconds == nil)
    }

    @Test(
        "settings that belong together are refused alone",
        arguments: ["CAIRN_TLS_CERT", "CAIRN_TLS_KEY", "CAIRN_ACCESS_KEY_ID", "CAIRN_SECRET_ACCESS_KEY"])
    func pairs(variable: String) {
        #expect(throws: CommandFailure.self) { try configuration([variable: "value"]) }
    }
}

@Suite struct SettingValueTests {
    @Test(
        "addresses",
        arguments: [
            ("127.0.0.1:9000", "127.0.0.1", 9000), ("[::1]:0", "::1", 0), ("localhost:65535", "localhost", 65535),
        ])
    func addresses(text: String, host: String, port: Int) throws {
        let address = try #require(SettingValue.address(text))
        #expect(address == (host, port))
    }

    @Test("no addresses", arguments: ["9000", ":9000", "h:", "h:65536", "h:-1", "::1:9000", "h:9x", "[]:1", ""])
    func noAddresses(text: String) {
        #expect(SettingValue.address(text) == nil)
    }

    @Test("times", arguments: [("30s", 30), ("15m", 900), ("1h", 3600), ("2d", 172_800), ("0s", 0)])
    func times(text: String, seconds: Int64) {
        #expect(SettingValue.seconds(text) == seconds)
    }

    @Test("no times", arguments: ["", "s", "30", "-1s", "1.5h", "99999999999999999999d", "9999999999999999d", "1w"])
    func noTimes(text: String) {
        #expect(SettingValue.seconds(text) == nil)
    }
}
