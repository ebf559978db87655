-- Tables of the line counter.
BEGIN;

CREATE TABLE files (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  -- as the reader found it
  language VARCHAR(40),
  size_bytes BIGINT DEFAULT 0,
  read_at TIMESTAMP,
  FOREIGN KEY (language) REFERENCES languages (name)
);

CREATE TABLE lines (
  file_id INTEGER NOT NULL, -- see files
  number INTEGER NOT NULL,
  content TEXT,
  PRIMARY KEY (file_id, number)
);

CREATE INDEX lines_by_file ON lines (file_id);

COMMIT;

/* The languages that
   every installation knows. */
INSERT INTO languages (name, extension) VALUES
  ('c', '.c'),
  ('go', '.go'),
  ('java', '.java'),
  ('python', '.py'),
  ('rust', '.rs');

CREATE VIEW counts AS
SELECT
  files.language,
  COUNT(*) AS line_count
FROM files
JOIN lines ON lines.file_id = files.id
WHERE lines.content IS NOT NULL
GROUP BY files.language
ORDER BY line_count DESC;

CREATE OR REPLACE FUNCTION count_lines(wanted INTEGER) RETURNS BIGINT AS $$
  SELECT COUNT(*)
  FROM lines
  WHERE file_id = wanted;
$$ LANGUAGE sql;

CREATE FUNCTION longest() RETURNS TABLE (number INTEGER) AS $$
  SELECT number
  FROM lines
  ORDER BY LENGTH(content) DESC
  LIMIT 1;
$$ LANGUAGE sql;

-- Files without lines are of no use.
DELETE FROM files
WHERE id NOT IN (SELECT file_id FROM lines);

ALTER TABLE files ADD COLUMN checksum TEXT;

UPDATE files
SET language = 'text'
WHERE language IS NULL;
