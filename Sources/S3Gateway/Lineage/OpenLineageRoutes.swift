// Why this file exists: the paths to which OpenLineage clients send, under both prefixes that they know.
import Lineage
import ObjectCore

/// Takes events.
enum OpenLineageIntake {
    static let paths: Set<String> = ["/api/v1/lineage", "/lineage", "/api/v1/lineage/batch", "/lineage/batch"]
    /// The longest body, compressed or not, in bytes.
    static let lengthMaximum = 16 << 20
}

extension LineageRoutes {
    static let openLineage: [LineageRoute] = []
}
