// Why this file exists: SQLite as a module, plus what Swift cannot call: the variadic sqlite3_db_config and the
// SQLITE_TRANSIENT / SQLITE_STATIC pointer casts.
#ifndef CAIRN_CSQLITE_H
#define CAIRN_CSQLITE_H
#include <sqlite3.h>

// The bytes bound must outlive the statement's step; the caller steps and resets before they go.
static inline int cairn_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, count == 0 ? "" : bytes, count, SQLITE_STATIC);
}
static inline int cairn_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *bytes, int count) {
    return sqlite3_bind_text(statement, index, count == 0 ? "" : bytes, count, SQLITE_STATIC);
}
#endif
