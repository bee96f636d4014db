// Why this file exists: every table of the metadata database, as docs/FORMAT.md describes them. Later formats add
// tables and record fields; columns are not changed.

enum Schema {
    /// The version of the whole on-disk format, written to `cairn.json`.
    static let formatVersion = 1

    /// WITHOUT ROWID: the rows lie in the order of their key, so a listing reads neighbours and a look-up reads once.
    /// `chunks`, `journal` and `lineage_events` have INTEGER PRIMARY KEY instead: their keys only grow, and SQLite appends
    /// to such a table without splitting pages in the middle. `redo` has one because its rows are large.
    static let sql = """
        CREATE TABLE IF NOT EXISTS buckets (
            id BIGINT NOT NULL, name TEXT NOT NULL UNIQUE, record BYTEA NOT NULL, PRIMARY KEY (id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS bucket_settings (
            bucket BIGINT NOT NULL, name TEXT NOT NULL, value BYTEA NOT NULL,
            PRIMARY KEY (bucket, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS accounts (
            number BIGINT NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, PRIMARY KEY (number)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS access_keys (
            id TEXT NOT NULL, account BIGINT NOT NULL, secret TEXT NOT NULL, name TEXT NOT NULL,
            created BIGINT NOT NULL, revoked BIGINT NOT NULL, PRIMARY KEY (id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS versions (
            bucket BIGINT NOT NULL, key BYTEA NOT NULL, position BIGINT NOT NULL, flags BIGINT NOT NULL,
            size BIGINT NOT NULL, modified BIGINT NOT NULL, record BYTEA NOT NULL,
            PRIMARY KEY (bucket, key, position)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS uploads (
            bucket BIGINT NOT NULL, key BYTEA NOT NULL, id BIGINT NOT NULL, record BYTEA NOT NULL,
            PRIMARY KEY (bucket, key, id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS parts (
            upload BIGINT NOT NULL, number BIGINT NOT NULL, position BIGINT NOT NULL, size BIGINT NOT NULL,
            modified BIGINT NOT NULL, record BYTEA NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS chunks (
            id INTEGER PRIMARY KEY, digest BYTEA NOT NULL, kind BIGINT NOT NULL, length BIGINT NOT NULL,
            segment BIGINT NOT NULL, place BIGINT NOT NULL, ver BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS chunk_index (
            digest BYTEA NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (digest)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS chunk_references (
            chunk BIGINT NOT NULL, owner BIGINT NOT NULL, PRIMARY KEY (chunk, owner)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS garbage (chunk BIGINT NOT NULL, PRIMARY KEY (chunk)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS erased_chunks (chunk BIGINT NOT NULL, PRIMARY KEY (chunk)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS erased_segments (segment BIGINT NOT NULL, PRIMARY KEY (segment)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS erased_contents (digest BYTEA NOT NULL, PRIMARY KEY (digest)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS former_contents (
            version BIGINT NOT NULL, digest BYTEA NOT NULL, PRIMARY KEY (version, digest)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS archive_pending (
            position BIGINT NOT NULL, bucket BIGINT NOT NULL, key BYTEA NOT NULL, PRIMARY KEY (position)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS digest_pending (
            position BIGINT NOT NULL, bucket BIGINT NOT NULL, key BYTEA NOT NULL, state BIGINT NOT NULL,
            reason TEXT NOT NULL, PRIMARY KEY (position)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS digest_pending_by_state ON digest_pending (state, position);
        CREATE TABLE IF NOT EXISTS annotations (
            version BIGINT NOT NULL, name BYTEA NOT NULL, position BIGINT NOT NULL, record BYTEA NOT NULL,
            PRIMARY KEY (version, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS past_annotations (
            bucket BIGINT NOT NULL, version BIGINT NOT NULL, name BYTEA NOT NULL, until BIGINT NOT NULL,
            position BIGINT NOT NULL, record BYTEA NOT NULL, PRIMARY KEY (bucket, version, name, until)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS counters (name TEXT NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS past_versions (
            bucket BIGINT NOT NULL, key BYTEA NOT NULL, position BIGINT NOT NULL, until BIGINT NOT NULL,
            state BIGINT NOT NULL, flags BIGINT NOT NULL, size BIGINT NOT NULL, modified BIGINT NOT NULL,
            record BYTEA NOT NULL, PRIMARY KEY (bucket, key, position, until)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS snapshots (
            bucket BIGINT NOT NULL, position BIGINT NOT NULL, name TEXT NOT NULL, record BYTEA NOT NULL,
            PRIMARY KEY (bucket, position)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS past_releases (
            bucket BIGINT NOT NULL, mark BIGINT NOT NULL, PRIMARY KEY (bucket)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS journal (
            position INTEGER PRIMARY KEY, at BIGINT NOT NULL, leaf BYTEA NOT NULL, entry BYTEA NOT NULL);
        CREATE TABLE IF NOT EXISTS identities (
            id TEXT NOT NULL, account BIGINT NOT NULL, kind BIGINT NOT NULL, record BYTEA NOT NULL,
            PRIMARY KEY (id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS key_holders (
            id TEXT NOT NULL, holder TEXT NOT NULL, active BIGINT NOT NULL, PRIMARY KEY (id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS key_uses (
            id TEXT NOT NULL, at BIGINT NOT NULL, service TEXT NOT NULL, PRIMARY KEY (id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS sessions (
            id TEXT NOT NULL, account BIGINT NOT NULL, expires BIGINT NOT NULL, record BYTEA NOT NULL,
            PRIMARY KEY (id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS lineage_events (
            position INTEGER PRIMARY KEY, digest BYTEA NOT NULL UNIQUE, account TEXT NOT NULL, run TEXT NOT NULL,
            bytes BYTEA NOT NULL);
        CREATE INDEX IF NOT EXISTS lineage_events_by_run ON lineage_events (run, position);
        CREATE TABLE IF NOT EXISTS lineage_senders (
            digest BYTEA NOT NULL, account TEXT NOT NULL, position BIGINT NOT NULL, run TEXT NOT NULL,
            PRIMARY KEY (digest, account)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS lineage_senders_by_position ON lineage_senders (position);
        CREATE TABLE IF NOT EXISTS run_accounts (
            run TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (run)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS openings (
            bucket BYTEA NOT NULL, kind TEXT NOT NULL, value BYTEA NOT NULL, salt BYTEA NOT NULL,
            commitment BYTEA NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (bucket, kind, value)) WITHOUT ROWID;
        CREATE UNIQUE INDEX IF NOT EXISTS openings_by_commitment ON openings (commitment);
        CREATE TABLE IF NOT EXISTS redo (slot INTEGER PRIMARY KEY, image BYTEA NOT NULL);
        CREATE TABLE IF NOT EXISTS outbox (
            destination TEXT NOT NULL, sequence BIGINT NOT NULL, at BIGINT NOT NULL, record BYTEA NOT NULL,
            PRIMARY KEY (destination, sequence)) WITHOUT ROWID;
        """
}
