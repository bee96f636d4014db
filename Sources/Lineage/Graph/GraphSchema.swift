// Why this file exists: the tables of the graph, in the file of what is derived from the journal (docs/FORMAT.md).
// Invariant: their rows are a function of the journal's entries 1 to `position`, numbers of nodes included, so a graph
// that is made again equals the one that grew.

enum GraphSchema {
    /// What the rows mean. A graph of another form is thrown away and made again.
    static let form: Int64 = 3

    /// The table that says which form the others have.
    static let facts = """
        CREATE TABLE IF NOT EXISTS graph_facts (name TEXT NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (name)) WITHOUT ROWID;
        """

    static let sql = """
        \(facts)
        CREATE TABLE IF NOT EXISTS graph_buckets (
            number INTEGER PRIMARY KEY, uuid BYTEA NOT NULL UNIQUE, name TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS graph_versions (
            node INTEGER PRIMARY KEY, position BIGINT NOT NULL UNIQUE, bucket BIGINT NOT NULL, key BYTEA NOT NULL,
            flags BIGINT NOT NULL, size BIGINT NOT NULL, at BIGINT NOT NULL, etag TEXT NOT NULL, content BYTEA,
            run BIGINT NOT NULL, origin BIGINT NOT NULL, until BIGINT NOT NULL, removal BIGINT NOT NULL,
            removed BIGINT NOT NULL);
        CREATE INDEX IF NOT EXISTS graph_keys ON graph_versions (bucket, key, position);
        CREATE INDEX IF NOT EXISTS graph_contents ON graph_versions (content, node);
        CREATE INDEX IF NOT EXISTS graph_origins ON graph_versions (origin, node);
        CREATE TABLE IF NOT EXISTS graph_runs (
            node INTEGER PRIMARY KEY, id BYTEA NOT NULL UNIQUE, job BIGINT NOT NULL, flags BIGINT NOT NULL,
            status BIGINT NOT NULL, code BIGINT, started BIGINT NOT NULL, ended BIGINT NOT NULL, first BIGINT NOT NULL,
            last BIGINT NOT NULL, parent BYTEA, account TEXT NOT NULL, access_key TEXT NOT NULL, session TEXT NOT NULL,
            source_identity TEXT NOT NULL, user_agent TEXT NOT NULL, tags BYTEA NOT NULL, collection BIGINT NOT NULL);
        CREATE INDEX IF NOT EXISTS graph_run_jobs ON graph_runs (job, node);
        CREATE INDEX IF NOT EXISTS graph_run_collections ON graph_runs (collection, node);
        CREATE TABLE IF NOT EXISTS graph_collections (
            number INTEGER PRIMARY KEY, root BYTEA NOT NULL UNIQUE, versions BIGINT NOT NULL, bytes BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS graph_names (
            node INTEGER PRIMARY KEY, type BIGINT NOT NULL, name BYTEA NOT NULL, UNIQUE (type, name));
        CREATE TABLE IF NOT EXISTS graph_edges (
            source BIGINT NOT NULL, kind BIGINT NOT NULL, target BIGINT NOT NULL, evidence BIGINT NOT NULL,
            bytes BIGINT NOT NULL, requests BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL,
            ranges BYTEA NOT NULL, PRIMARY KEY (source, kind, target, evidence)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS graph_edges_back ON graph_edges (target, kind, source, evidence);
        CREATE TABLE IF NOT EXISTS graph_parts (
            upload BIGINT NOT NULL, position BIGINT NOT NULL, run BIGINT NOT NULL, source BIGINT NOT NULL,
            start BIGINT NOT NULL, size BIGINT NOT NULL, PRIMARY KEY (upload, position)) WITHOUT ROWID;
        """

    /// Everything of the graph, and nothing of what else is in the file.
    static let drop = """
        DROP TABLE IF EXISTS graph_facts; DROP TABLE IF EXISTS graph_buckets; DROP TABLE IF EXISTS graph_versions;
        DROP TABLE IF EXISTS graph_runs; DROP TABLE IF EXISTS graph_names; DROP TABLE IF EXISTS graph_edges;
        DROP TABLE IF EXISTS graph_parts; DROP TABLE IF EXISTS graph_collections;
        """

    /// The tables, for comparisons.
    static let tables: [StaticString] = [
        "SELECT * FROM graph_facts ORDER BY 1", "SELECT * FROM graph_buckets ORDER BY 1",
        "SELECT * FROM graph_versions ORDER BY 1", "SELECT * FROM graph_runs ORDER BY 1",
        "SELECT * FROM graph_names ORDER BY 1", "SELECT * FROM graph_edges ORDER BY 1, 2, 3, 4",
        "SELECT * FROM graph_parts ORDER BY 1, 2", "SELECT * FROM graph_collections ORDER BY 1",
    ]
}

/// Rows of `graph_facts`.
enum GraphFact {
    static let form = "form"
    /// The last journal position that is in the graph.
    static let position = "position"
    /// The number of the next node.
    static let nextNode = "next node"
    /// Versions and bytes of each ``VersionOrigin``: this and its number.
    static let versions = "versions "
    static let bytes = "bytes "
}

/// How much is known of where a version comes from. The numbers are in the database.
enum VersionOrigin: Int64, CaseIterable {
    case unknown = 0
    case implicit = 1
    case known = 2
}

/// `graph_versions.flags`.
struct VersionFlags: OptionSet {
    let rawValue: Int64
    static let isNull = VersionFlags(rawValue: 1)
    static let isDeleteMarker = VersionFlags(rawValue: 2)
    static let isCopy = VersionFlags(rawValue: 4)
    static let isOnLegalHold = VersionFlags(rawValue: 8)
    static let isComplianceLocked = VersionFlags(rawValue: 16)
    /// Its SHA-256 was not known when it was made.
    static let isDigestLate = VersionFlags(rawValue: 32)
    /// The key is the 32 bytes of its commitment: what opens it is not the journal's, and so not the graph's.
    static let isCommitted = VersionFlags(rawValue: 64)
}

/// `graph_runs.flags`.
struct RunFlags: OptionSet {
    let rawValue: Int64
    static let isImplicit = RunFlags(rawValue: 1)
    static let isKnown = RunFlags(rawValue: 2)
    /// An entry of its own has said whose it is.
    static let isOwned = RunFlags(rawValue: 4)
    /// Account, access key, session and source identity are commitments in hexadecimal.
    static let isCommitted = RunFlags(rawValue: 8)
}

/// `graph_names.type`, and the types of nodes in memory.
enum NodeType: UInt8 {
    case version = 0
    case run = 1
    case job = 2
    case agent = 3
    case prefix = 4
}
