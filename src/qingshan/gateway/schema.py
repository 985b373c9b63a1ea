"""The journal's tables: every frame for ever, in one SQLite file of the gateway's own.

``frame.items`` is what the packet said, item code → suffix → text, written in the same transaction as the raw bytes;
``reading`` shows it as one row a value. ``repeat`` counts packets that came again with the same content. ``link`` is the
last state of each device, so that nobody scans frames for it. Times are naive Beijing time.
"""

FILE = "journal.sqlite3"

PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA wal_autocheckpoint=4000", "PRAGMA busy_timeout=20000")

TABLES = """
CREATE TABLE IF NOT EXISTS frame(
  id INTEGER PRIMARY KEY,
  received TEXT NOT NULL,                -- ISO, microseconds
  peer TEXT NOT NULL,
  mn TEXT NOT NULL, st TEXT NOT NULL, cn TEXT NOT NULL,
  data_time TEXT,                        -- YYYY-MM-DDTHH:MM:SS as the device labels it: START of a period
  pno INTEGER NOT NULL,                  -- 0: not split
  verdict TEXT NOT NULL,                 -- hj212.VERDICTS, and "unknown_device"
  notes TEXT NOT NULL,                   -- gateway.record.NOTES, joined by commas
  version INTEGER NOT NULL,              -- 1, then 2 … when other values came for the same (mn, cn, data_time, pno)
  items TEXT,                            -- JSON {code: {suffix: text}}; NULL where the packet may not be used or holds none
  digest BLOB,                           -- of the data area: the same content again is a repeat
  raw BLOB NOT NULL,
  chain BLOB NOT NULL                    -- seals.chain.link(previous frame's chain, what journal.sealed gives)
);
-- from frame `first` on every column is sealed, before it raw alone
CREATE TABLE IF NOT EXISTS chain_rule(first INTEGER PRIMARY KEY, rule TEXT NOT NULL);
-- how far frames have come out of the spool: number of its segment, bytes; one row
CREATE TABLE IF NOT EXISTS spool(id INTEGER PRIMARY KEY CHECK (id = 0), segment INTEGER NOT NULL, at INTEGER NOT NULL);
INSERT OR IGNORE INTO spool VALUES (0, 0, 0);
CREATE INDEX IF NOT EXISTS frame_by_content ON frame(mn, cn, data_time, pno) WHERE digest IS NOT NULL;
-- chain: seals.chain.link(previous repeat's chain, what journal.sealed_repeat gives); NULL in rows from before they were sealed
CREATE TABLE IF NOT EXISTS repeat(frame INTEGER NOT NULL, received TEXT NOT NULL, peer TEXT NOT NULL, chain BLOB);
CREATE TABLE IF NOT EXISTS link(
  mn TEXT PRIMARY KEY, frame INTEGER NOT NULL, received TEXT NOT NULL, peer TEXT NOT NULL, cn TEXT NOT NULL, data_time TEXT,
  verdict TEXT NOT NULL, notes TEXT NOT NULL, frames INTEGER NOT NULL, refused INTEGER NOT NULL, repeats INTEGER NOT NULL
) WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS reading AS
  SELECT frame.id AS frame, frame.mn, frame.st, frame.cn, frame.data_time, code.key AS item_code, value.key AS suffix,
         CASE WHEN value.value GLOB '*[0-9]*' AND value.value NOT GLOB '*[^0-9.eE+-]*' THEN CAST(value.value AS REAL) END AS value,
         value.value AS text, json_extract(code.value, '$.Flag') AS flag
  FROM frame, json_each(frame.items) AS code, json_each(code.value) AS value
  WHERE value.key <> 'Flag';
"""
