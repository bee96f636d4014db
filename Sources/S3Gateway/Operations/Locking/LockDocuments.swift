// Why this file exists: the three documents of Object Lock, read and written in one place.
import ObjectCore

/// The modes of retention by their names on the wire.
enum RetentionMode: String {
    case governance = "GOVERNANCE"
    case compliance = "COMPLIANCE"

    init(_ mode: Retention.Mode) {
        switch mode {
        case .governance: self = .governance
        case .compliance: self = .compliance
        }
    }

    var mode: Retention.Mode {
        switch self {
        case .governance: .governance
        case .compliance: .compliance
        }
    }
}

/// The states of a legal hold by their names on the wire.
enum LegalHoldState: String {
    case on = "ON"
    case off = "OFF"
}

/// `ObjectLockConfiguration`.
enum ObjectLockDocument {
    static let lengthMaximum = 64 * 1024

    /// The default retention that it asks for, or nil.
    static func defaultRetention(_ document: [UInt8]) throws(S3Error) -> DefaultRetention? {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "ObjectLockConfiguration")
        guard root.child("ObjectLockEnabled")?.trimmedText == "Enabled" else { throw S3Error(.malformedXML) }
        guard let rule = root.child("Rule") else { return nil }
        guard let retention = rule.child("DefaultRetention"),
            let mode = RetentionMode(rawValue: retention.child("Mode")?.trimmedText ?? "")
        else { throw S3Error(.malformedXML) }
        let period: DefaultRetention.Period
        switch (retention.child("Days")?.trimmedText, retention.child("Years")?.trimmedText) {
        case (let days?, nil): period = .days(try number(days, maximum: DefaultRetention.daysMaximum))
        case (nil, let years?): period = .years(try number(years, maximum: DefaultRetention.yearsMaximum))
        default: throw S3Error(.malformedXML)
        }
        guard let found = DefaultRetention(mode: mode.mode, period: period) else {
            throw S3Error(.invalidRetentionPeriod)
        }
        return found
    }

    private static func number(_ text: String, maximum: Int) throws(S3Error) -> Int {
        guard let value = Int64(text) else { throw S3Error(.malformedXML) }
        guard (1...Int64(maximum)).contains(value) else {
            throw S3Error(
                .invalidRetentionPeriod,
                value > 0
                    ? "The default retention period is too large."
                    : "Default retention period must be a positive integer value.")
        }
        return Int(value)
    }

    static func write(_ retention: DefaultRetention?, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("ObjectLockConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("ObjectLockEnabled", "Enabled")
            guard let retention else { return }
            writer.element("Rule") { writer in
                writer.element("DefaultRetention") { writer in
                    writer.leaf("Mode", RetentionMode(retention.mode).rawValue)
                    switch retention.period {
                    case .days(let days): writer.leaf("Days", days)
                    case .years(let years): writer.leaf("Years", years)
                    }
                }
            }
        }
        response.setXML(writer)
    }
}

/// `Retention`.
enum RetentionDocument {
    /// The retention that it asks for; nil when it is empty, which asks for its removal.
    static func retention(_ document: [UInt8]) throws(S3Error) -> Retention? {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "Retention")
        switch (root.child("Mode")?.trimmedText, root.child("RetainUntilDate")?.trimmedText) {
        case (nil, nil): return nil
        case (let mode?, let until?):
            guard let mode = RetentionMode(rawValue: mode), let until = HTTPDate.parseISO8601(until) else {
                throw S3Error(.malformedXML)
            }
            return Retention(mode: mode.mode, until: until)
        default: throw S3Error(.malformedXML)
        }
    }

    static func write(_ retention: Retention, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("Retention", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Mode", RetentionMode(retention.mode).rawValue)
            writer.leaf("RetainUntilDate", HTTPDate.iso8601(retention.until))
        }
        response.setXML(writer)
    }
}

/// `LegalHold`.
enum LegalHoldDocument {
    static func isOn(_ document: [UInt8]) throws(S3Error) -> Bool {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "LegalHold")
        guard let state = LegalHoldState(rawValue: root.child("Status")?.trimmedText ?? "") else {
            throw S3Error(.malformedXML)
        }
        return state == .on
    }

    static func write(isOn: Bool, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("LegalHold", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Status", (isOn ? LegalHoldState.on : LegalHoldState.off).rawValue)
        }
        response.setXML(writer)
    }
}
