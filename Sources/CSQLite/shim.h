// Why this file exists: SQLite as a module, plus what Swift cannot call: SQLITE_TRANSIENT is a pointer cast.
#ifndef CAIRN_CSQLITE_H
#define CAIRN_CSQLITE_H
#include <sqlite3.h>

// SQLite copies the bytes; an empty value is bound as empty, not as NULL.
static inline int cairn_sqlite_bind_blob_copy(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, count == 0 ? "" : bytes, count, SQLITE_TRANSIENT);
}
static inline int cairn_sqlite_bind_text_copy(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_text(statement, index, count == 0 ? "" : (const char *)bytes, count, SQLITE_TRANSIENT);
}
#endif
