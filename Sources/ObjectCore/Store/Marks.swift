// Why this file exists: work that the server does by itself at times must not be done twice because of a restart. How far
// it came is one number under a name. That is no change of what is stored, so the journal does not tell of it.

extension ObjectStore {
    /// The number under a name; nil when there is none.
    public func mark(_ name: String) async throws(StoreError) -> Int64? {
        let name = "mark." + name
        return try await workers.value { () throws(StoreError) in
            try self.database.read { transaction throws(StoreError) in
                try transaction.first("SELECT value FROM counters WHERE name = $1", [.text(name)]) {
                    row throws(StoreError) in row.integer(0)
                }
            }
        }
    }

    /// Sets or, with nil, removes the number under a name, durably.
    public func setMark(_ name: String, to value: Int64?) async throws(StoreError) {
        try await committer.commit { change throws(StoreError) in try change.setMark(name, to: value) }
    }
}

extension Change {
    /// The same as part of a change.
    mutating func setMark(_ name: String, to value: Int64?) throws(StoreError) {
        let name = "mark." + name
        guard let value else {
            try execute("DELETE FROM counters WHERE name = $1", [.text(name)])
            return
        }
        try execute(
            """
            INSERT INTO counters (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [.text(name), .integer(value)])
    }
}
