// Why this file exists: the texts of settings become values here, and what is wrong with a text is said in words.
import S3Gateway

/// Reads values of settings.
enum SettingValue {
    /// `HOST:PORT`, `[IPv6]:PORT`. The host must be there: listening everywhere is a decision (`0.0.0.0:9000`).
    static func address(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard let port = decimal(digits), port <= 65_535 else { return nil }
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (String(host), port)
    }

    /// `90s`, `15m`, `1h`, `2d` in seconds.
    static func seconds(_ text: String) -> Int64? {
        let factors: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last, let factor = factors[unit], let number = decimal(text.dropLast()) else {
            return nil
        }
        let (product, isTooLarge) = Int64(number).multipliedReportingOverflow(by: factor)
        return isTooLarge || product > 3650 * 86_400 ? nil : product
    }

    /// As ``seconds(_:)``, and `10y` in years of 365.25 days, at most a hundred; not less than a day.
    static func retentionSeconds(_ text: String) -> Int64? {
        let seconds: Int64?
        if text.last == "y" {
            seconds = decimal(text.dropLast()).flatMap { $0 <= 100 ? Int64($0) * 31_557_600 : nil }
        } else {
            seconds = self.seconds(text)
        }
        return seconds.flatMap { $0 >= 86_400 ? $0 : nil }
    }

    @Sendable static func retentionProblem(_ text: String) -> String? {
        if text == "off" || retentionSeconds(text) != nil { return nil }
        return "is neither off nor a time of a day or more such as 90d or 10y"
    }

    static func decimal(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        return Int(text)
    }

    @Sendable static func addressProblem(_ text: String) -> String? {
        address(text) == nil ? "is no HOST:PORT such as 127.0.0.1:9000 or [::1]:9000" : nil
    }

    @Sendable static func durationProblem(_ text: String) -> String? {
        seconds(text) == nil ? "is no time such as 30s, 15m, 1h or 2d" : nil
    }

    @Sendable static func intervalProblem(_ text: String) -> String? {
        if text == "off" { return nil }
        guard let seconds = seconds(text) else { return "is neither off nor a time such as 30s, 15m, 1h or 2d" }
        return seconds == 0 ? "is zero; write off" : nil
    }

    @Sendable static func choiceProblem(_ text: String) -> String? {
        ["yes", "no"].contains(text) ? nil : "is neither yes nor no"
    }

    @Sendable static func nameProblem(_ text: String) -> String? {
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isName ? nil : "may only hold letters, digits, `-` and `.`"
    }

    @Sendable static func keyProblem(_ text: String) -> String? {
        let isKey =
            (3...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        return isKey ? nil : "must be 3 to 128 letters, digits, `_` or `-`"
    }

    @Sendable static func numberProblem(_ text: String, _ range: ClosedRange<Int>) -> String? {
        guard let number = decimal(text), range.contains(number) else {
            return "is no number from \(range.lowerBound) to \(range.upperBound)"
        }
        return nil
    }
}
