/** The tables of a disk store's index, and all that is said to SQLite about them. */

import { COLUMNS } from "./disk-entry.ts";

/** Of what follows. */
export const VERSION = 1;

/** An empty index. */
export const SCHEMA = `
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, variant TEXT NOT NULL, used INTEGER NOT NULL, invalid INTEGER NOT NULL,
    length INTEGER NOT NULL, spans TEXT NOT NULL, disk INTEGER NOT NULL, file TEXT, said BLOB NOT NULL, content BLOB,
    UNIQUE (key, variant)
  ) STRICT;
  CREATE INDEX by_use ON entries (used);
  CREATE TABLE tags (name TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (name, id)) STRICT, WITHOUT ROWID;
  CREATE INDEX tags_of ON tags (id);
  CREATE TABLE totals (responses INTEGER NOT NULL, disk INTEGER NOT NULL) STRICT;
  INSERT INTO totals VALUES (0, 0);
  PRAGMA user_version = ${VERSION};
`;

/**
 * A transaction is lost with the machine, never with the process: a commit waits for no disk. What is in the log goes
 * to its place for every megabyte written, which does wait, for some milliseconds: rarely and longer, or often and
 * shorter, and those who wait are requests. Nobody else has a business here, so that no memory is shared. Room that has
 * become free can be given back in small steps; that has to be said before there is anything.
 */
export const SETTINGS = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 256;
  PRAGMA journal_size_limit = 4194304;
  PRAGMA cache_size = -8192;
  PRAGMA trusted_schema = OFF;
`;

/** All that is asked and told. */
export const STATEMENTS = {
  find: `SELECT ${COLUMNS} FROM entries WHERE key = ?`,
  entry: `SELECT ${COLUMNS} FROM entries WHERE id = ?`,
  ids: "SELECT id, key, variant FROM entries WHERE (key, variant) > (?, ?) AND key < ? ORDER BY key, variant LIMIT ?",
  tagged: "SELECT id FROM tags WHERE name = ? AND id > ? ORDER BY id LIMIT ?",
  rival: "SELECT id FROM entries WHERE key = ? AND variant = ?",
  oldest: "SELECT id, used FROM entries ORDER BY used, id LIMIT ?",
  where: "SELECT file, disk FROM entries WHERE id = ?",
  last: "SELECT max(id) FROM entries",
  newest: "SELECT max(used) FROM entries",
  insert: "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  change:
    "UPDATE entries SET key = ?, variant = ?, invalid = ?, length = ?, spans = ?, disk = ?, said = ? WHERE id = ?",
  invalidate: "UPDATE entries SET invalid = 1 WHERE id = ?",
  use: "UPDATE entries SET used = ? WHERE id = ?",
  remove: "DELETE FROM entries WHERE id = ?",
  tag: "INSERT OR IGNORE INTO tags VALUES (?, ?)",
  untag: "DELETE FROM tags WHERE id = ?",
  total: "UPDATE totals SET responses = ?, disk = ?",
  totals: "SELECT responses, disk FROM totals",
  pages: "PRAGMA page_count",
  free: "PRAGMA freelist_count",
};
