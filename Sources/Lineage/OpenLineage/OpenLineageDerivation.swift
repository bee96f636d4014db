// Why this file exists: which output an event says came from which inputs. Three facets can say it; the most explicit
// one that speaks of an output decides for that output: `lineage`, then `columnLineage`, then all inputs of the event.
// See: https://openlineage.io/spec/facets/1-0-0/LineageFacet.json, ColumnLineageDatasetFacet.json
import ObjectCore

/// What an event declares about the origin of one dataset.
public struct OpenLineageDerivation: Sendable, Equatable {
    /// Which facet said so.
    public enum Source: String, Sendable {
        case lineage
        case columnLineage
        case inputs
    }

    public var target: OpenLineageDataset
    /// Each once, in the order in which they are named. Empty when the event says that there is none.
    public var sources: [OpenLineageDataset]
    public var source: Source

    /// All that an event declares. Datasets that stand among its inputs keep the version that they have there.
    static func all(of event: OpenLineageEvent) throws(OpenLineageError) -> [OpenLineageDerivation] {
        var explicit = try entries(event.jobFacets?["lineage"], "job.facets.lineage")
        for (index, output) in event.outputs.enumerated() {
            guard let facet = output.facets?["lineage"] else { continue }
            let path = "outputs[\(index)].facets.lineage"
            explicit.append(
                OpenLineageDerivation(target: output, sources: try sources(facet, path), source: .lineage))
        }
        if let dataset = event.dataset, let facet = dataset.facets?["lineage"] {
            explicit.append(
                OpenLineageDerivation(
                    target: dataset, sources: try sources(facet, "dataset.facets.lineage"), source: .lineage))
        }
        var all = explicit
        let decided = Set(explicit.map(\.target))
        for (index, output) in (event.outputs + (event.dataset.map { [$0] } ?? [])).enumerated()
        where !decided.contains(output) {
            if let facet = output.facets?["columnLineage"] {
                let path = "outputs[\(index)].facets.columnLineage"
                let inputs = try columnSources(facet, path)
                if !inputs.isEmpty {
                    all.append(OpenLineageDerivation(target: output, sources: inputs, source: .columnLineage))
                    continue
                }
            }
            guard !event.inputs.isEmpty else { continue }
            all.append(OpenLineageDerivation(target: output, sources: event.inputs, source: .inputs))
        }
        let known = Dictionary((event.inputs + event.outputs).map { ($0, $0) }) { first, _ in first }
        return all.map { derivation in
            var derivation = derivation
            derivation.target = known[derivation.target] ?? derivation.target
            var seen: Set<OpenLineageDataset> = []
            derivation.sources = derivation.sources.filter { seen.insert($0).inserted }.map { known[$0] ?? $0 }
            return derivation
        }
    }

    /// The entries of a job's lineage facet whose target is a dataset.
    private static func entries(
        _ facet: JSONDocument?, _ path: String
    ) throws(OpenLineageError) -> [OpenLineageDerivation] {
        guard let facet else { return [] }
        guard let list = facet["entries"]?.elements else { throw OpenLineageError("\(path).entries", "is no list") }
        var found: [OpenLineageDerivation] = []
        for (index, entry) in list.enumerated() where entry["type"]?.text == "DATASET" {
            let place = "\(path).entries[\(index)]"
            found.append(
                OpenLineageDerivation(
                    target: try OpenLineageDataset(entry, place), sources: try sources(entry, place), source: .lineage))
        }
        return found
    }

    /// Datasets of `inputs` and of the inputs of each of `fields`.
    private static func sources(_ object: JSONDocument, _ path: String) throws(OpenLineageError) -> [OpenLineageDataset]
    {
        var found = try list(object["inputs"], "\(path).inputs")
        for field in object["fields"]?.members ?? [] {
            found += try list(field.value["inputs"], "\(path).fields.\(field.name).inputs")
        }
        return found
    }

    private static func list(_ value: JSONDocument?, _ path: String) throws(OpenLineageError) -> [OpenLineageDataset] {
        guard let value else { return [] }
        guard let elements = value.elements else { throw OpenLineageError(path, "is no list") }
        var found: [OpenLineageDataset] = []
        for (index, element) in elements.enumerated() where element["type"]?.text != "JOB" {
            found.append(try OpenLineageDataset(element, "\(path)[\(index)]"))
        }
        return found
    }

    private static func columnSources(
        _ facet: JSONDocument, _ path: String
    ) throws(OpenLineageError) -> [OpenLineageDataset] {
        guard let fields = facet["fields"]?.members else { throw OpenLineageError("\(path).fields", "is no object") }
        var found: [OpenLineageDataset] = []
        for field in fields {
            found += try list(field.value["inputFields"], "\(path).fields.\(field.name).inputFields")
        }
        // Columns that the whole output depends on: filters, joins, sorting.
        found += try list(facet["dataset"], "\(path).dataset")
        return found
    }
}
