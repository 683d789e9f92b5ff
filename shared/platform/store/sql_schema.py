"""The tables of the store in SQLite, and the indexes of the fields that are queried across tenants."""

from __future__ import annotations

#: `commits` counts the commits, and a document's version is the commit that wrote it: a document that was
#: deleted and created again never has an earlier version number. `members` holds the strings of lists, for
#: `array_contains`: an index on an expression does not reach into a list.
SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    path TEXT PRIMARY KEY,
    parent TEXT NOT NULL,
    collection TEXT NOT NULL,
    body TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS by_parent ON documents (parent);
CREATE INDEX IF NOT EXISTS by_collection ON documents (collection);
CREATE INDEX IF NOT EXISTS due ON documents (collection, json_extract(body, '$.due_at'))
    WHERE json_extract(body, '$.due_at') IS NOT NULL;
CREATE INDEX IF NOT EXISTS plans ON documents (collection, json_extract(body, '$.plan_at'))
    WHERE json_extract(body, '$.plan_at') IS NOT NULL;
CREATE INDEX IF NOT EXISTS silences ON documents (collection, json_extract(body, '$.silent_at'))
    WHERE json_extract(body, '$.silent_at') IS NOT NULL;
CREATE INDEX IF NOT EXISTS of_contact ON documents (parent, json_extract(body, '$.contact'))
    WHERE json_extract(body, '$.contact') IS NOT NULL;
CREATE TABLE IF NOT EXISTS members (value TEXT, path TEXT, PRIMARY KEY (value, path)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS members_of ON members (path);
CREATE TRIGGER IF NOT EXISTS members_created AFTER INSERT ON documents BEGIN
    INSERT INTO members SELECT DISTINCT value, new.path FROM json_tree(new.body)
        WHERE type = 'text' AND typeof(key) = 'integer';
END;
CREATE TRIGGER IF NOT EXISTS members_changed AFTER UPDATE ON documents BEGIN
    DELETE FROM members WHERE path = new.path;
    INSERT INTO members SELECT DISTINCT value, new.path FROM json_tree(new.body)
        WHERE type = 'text' AND typeof(key) = 'integer';
END;
CREATE TRIGGER IF NOT EXISTS members_deleted AFTER DELETE ON documents BEGIN
    DELETE FROM members WHERE path = old.path;
END;
CREATE TABLE IF NOT EXISTS commits (number INTEGER NOT NULL);
INSERT INTO commits SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM commits);
"""
