// Why this file exists: a run is named by a UUID, which others may come to know. Whose it is, is written in the
// transaction that journals its beginning, so that it is known after a restart, and nobody else's entries go under it.

extension Change {
    /// Notes whose run it is; the first word counts.
    mutating func noteAccount(of run: RunID, _ account: String) throws(StoreError) {
        try execute(
            "INSERT INTO run_accounts (run, account) VALUES ($1, $2) ON CONFLICT (run) DO NOTHING",
            [.text(run.description), .text(account)])
    }
}

extension ObjectStore {
    /// The accounts (canonical ids; empty for a program that embeds the store) of those runs that have begun.
    public func accounts(ofRuns runs: some Sequence<RunID>) throws(StoreError) -> [RunID: String] {
        try database.read { transaction throws(StoreError) in
            var accounts: [RunID: String] = [:]
            for run in runs {
                accounts[run] = try transaction.first(
                    "SELECT account FROM run_accounts WHERE run = $1", [.text(run.description)]
                ) { row throws(StoreError) in row.text(0) }
            }
            return accounts
        }
    }
}
