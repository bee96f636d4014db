// Why this file exists: the filter of a lifecycle rule has three forms on the wire, and must be given back in the one in
// which it came: a prefix in the rule (before 2016), a filter with one condition, a filter with several under `And`.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRuleFilter.html
import ObjectCore

/// `Filter`, or the old `Prefix`, of a rule.
enum LifecycleFilterDocument {
    static func filter(_ rule: XMLElement) throws(S3Error) -> LifecycleFilter {
        switch (rule.child("Filter"), rule.child("Prefix")) {
        case (nil, let prefix?): return LifecycleFilter(form: .rulePrefix, prefix: prefix.text)
        case (let filter?, nil):
            guard let first = filter.children.first else { return LifecycleFilter(form: .filter) }
            guard filter.children.count == 1 else { throw S3Error(.malformedXML) }
            if first.name == "And" { return try LifecycleFilterDocument.read(first, form: .and) }
            return try LifecycleFilterDocument.read(filter, form: .filter)
        default: throw S3Error(.malformedXML)
        }
    }

    private static func read(
        _ element: XMLElement, form: LifecycleFilter.Form
    ) throws(S3Error) -> LifecycleFilter {
        var filter = LifecycleFilter(form: form)
        for child in element.children {
            switch child.name {
            case "Prefix":
                guard filter.prefix == nil else { throw S3Error(.malformedXML) }
                filter.prefix = child.text
            case "Tag":
                guard let key = child.text("Key"), let value = child.text("Value") else {
                    throw S3Error(.malformedXML)
                }
                guard !filter.tags.contains(where: { $0.key == key }) else {
                    throw S3Error(.invalidRequest, "Duplicate Tag Keys are not allowed.")
                }
                filter.tags.append(LifecycleTag(key: key, value: value))
            case "ObjectSizeGreaterThan": filter.sizeGreaterThan = try size(child)
            case "ObjectSizeLessThan": filter.sizeLessThan = try size(child)
            default: throw S3Error(.malformedXML)
            }
        }
        var tags: [NameValue] = []
        for tag in filter.tags { tags.append(NameValue(tag.key, tag.value)) }
        try Tags.check(tags)
        if let low = filter.sizeGreaterThan, let high = filter.sizeLessThan, low >= high {
            throw S3Error(
                .invalidRequest, "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
        }
        return filter
    }

    private static func size(_ element: XMLElement) throws(S3Error) -> Int64 {
        let text = element.trimmedText
        guard let value = ASCII.decimal(text.utf8) else {
            throw .invalidArgument(
                "'\(element.name)' must be a number that is not negative", name: element.name, value: text)
        }
        return value
    }

    static func write(_ filter: LifecycleFilter, into writer: inout XMLWriter) {
        switch filter.form {
        case .rulePrefix: writer.leaf("Prefix", filter.prefix ?? "")
        case .filter: writer.element("Filter") { writer in writeConditions(filter, into: &writer) }
        case .and:
            writer.element("Filter") { writer in
                writer.element("And") { writer in writeConditions(filter, into: &writer) }
            }
        }
    }

    private static func writeConditions(_ filter: LifecycleFilter, into writer: inout XMLWriter) {
        if let prefix = filter.prefix { writer.leaf("Prefix", prefix) }
        for tag in filter.tags {
            writer.element("Tag") { writer in
                writer.leaf("Key", tag.key)
                writer.leaf("Value", tag.value)
            }
        }
        if let size = filter.sizeGreaterThan { writer.leaf("ObjectSizeGreaterThan", size) }
        if let size = filter.sizeLessThan { writer.leaf("ObjectSizeLessThan", size) }
    }
}
