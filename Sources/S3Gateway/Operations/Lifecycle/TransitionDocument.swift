// Why this file exists: the transitions of a lifecycle rule in XML, with AWS's checks on how they go together.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
import ObjectCore

/// `Transition` and `NoncurrentVersionTransition`.
enum TransitionDocument {
    /// Infrequent-access classes take objects from this age on, in days.
    private static let infrequentAccessDays = 30

    static func transition(_ element: XMLElement) throws(S3Error) -> LifecycleRule.Transition {
        let storageClass = try storageClass(element)
        switch (element.child("Days")?.trimmedText, element.child("Date")?.trimmedText) {
        case (let days?, nil):
            return LifecycleRule.Transition(
                time: .days(try number(days, name: "Days", action: "Transition", to: storageClass)),
                storageClass: storageClass)
        case (nil, let date?):
            return LifecycleRule.Transition(
                time: .date(milliseconds: try LifecycleDocument.date(date)), storageClass: storageClass)
        default: throw S3Error(.malformedXML)
        }
    }

    static func noncurrent(_ element: XMLElement) throws(S3Error) -> LifecycleRule.NoncurrentTransition {
        guard let days = element.child("NoncurrentDays")?.trimmedText else { throw S3Error(.malformedXML) }
        let storageClass = try storageClass(element)
        return LifecycleRule.NoncurrentTransition(
            days: try number(
                days, name: "NoncurrentDays", action: "NoncurrentVersionTransition", to: storageClass),
            newerVersions: try element.child("NewerNoncurrentVersions").map { child throws(S3Error) in
                try LifecycleDocument.newerVersions(child.trimmedText, action: "NoncurrentVersionTransition")
            },
            storageClass: storageClass)
    }

    private static func storageClass(_ element: XMLElement) throws(S3Error) -> String {
        guard let name = element.child("StorageClass")?.trimmedText,
            StorageClasses.transitionTargets.contains(name)
        else { throw S3Error(.malformedXML) }
        return name
    }

    private static func number(
        _ text: String, name: String, action: String, to storageClass: String
    ) throws(S3Error) -> Int {
        guard let number = Int64(text), number <= Int64(Int32.max) else { throw S3Error(.malformedXML) }
        guard number >= 0 else {
            throw .invalidArgument(
                "'\(name)' in \(action) action must be nonnegative", name: name, value: text)
        }
        if storageClass == "STANDARD_IA" || storageClass == "ONEZONE_IA", number < infrequentAccessDays {
            throw .invalidArgument(
                "'\(name)' in \(action) action must be greater than or equal to \(infrequentAccessDays) for storageClass "
                    + "'\(storageClass)'", name: name, value: text)
        }
        return Int(number)
    }

    /// What AWS asks of the actions of a rule together.
    static func check(_ rule: LifecycleRule) throws(S3Error) {
        for (name, classes) in [
            ("Transition", rule.transitions.map(\.storageClass)),
            ("NoncurrentVersionTransition", rule.noncurrentTransitions.map(\.storageClass)),
        ] where Set(classes).count != classes.count {
            throw S3Error(
                .invalidRequest, "'StorageClass' must be different for '\(name)' actions in same 'Rule'")
        }
        let days = rule.transitions.compactMap { if case .days(let days) = $0.time { days } else { nil } }
        let isMixed = !days.isEmpty && days.count != rule.transitions.count
        switch rule.expiration {
        case .days(let expiration):
            if days.count != rule.transitions.count { throw mixed }
            guard days.allSatisfy({ $0 < expiration }) else {
                throw S3Error(
                    .invalidArgument,
                    "'Days' in the Expiration action must be greater than 'Days' in the Transition action")
            }
        case .date(let expiration):
            guard days.isEmpty else { throw mixed }
            let isLate = rule.transitions.contains {
                if case .date(let date) = $0.time { date >= expiration } else { false }
            }
            guard !isLate else {
                throw S3Error(
                    .invalidArgument,
                    "'Date' in the Expiration action must be later than 'Date' in the Transition action")
            }
        case .expiredDeleteMarker, nil: if isMixed { throw mixed }
        }
        if let noncurrentDays = rule.noncurrentDays {
            guard rule.noncurrentTransitions.allSatisfy({ $0.days < noncurrentDays }) else {
                throw S3Error(
                    .invalidArgument,
                    "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than 'NoncurrentDays' in "
                        + "the NoncurrentVersionTransition action")
            }
        }
    }

    private static var mixed: S3Error {
        S3Error(
            .invalidRequest, "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule")
    }

    static func write(_ rule: LifecycleRule, into writer: inout XMLWriter) {
        for transition in rule.transitions {
            writer.element("Transition") { writer in
                switch transition.time {
                case .days(let days): writer.leaf("Days", days)
                case .date(let date): writer.leaf("Date", HTTPDate.iso8601(Timestamp(milliseconds: date)))
                }
                writer.leaf("StorageClass", transition.storageClass)
            }
        }
        for transition in rule.noncurrentTransitions {
            writer.element("NoncurrentVersionTransition") { writer in
                writer.leaf("NoncurrentDays", transition.days)
                if let newer = transition.newerVersions { writer.leaf("NewerNoncurrentVersions", newer) }
                writer.leaf("StorageClass", transition.storageClass)
            }
        }
    }
}
