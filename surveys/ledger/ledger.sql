-- The ledger of one run. Names and long texts are kept once and referred to by number, because a
-- run holds millions of answers and thousands of people read the same wording.

CREATE TABLE run (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL                -- JSON
) WITHOUT ROWID;

CREATE TABLE variables (
  id INTEGER PRIMARY KEY,            -- position in the codebook
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE texts (
  id INTEGER PRIMARY KEY,            -- first 63 bits of the BLAKE2b digest of the text
  text TEXT NOT NULL
);

CREATE TABLE interviews (
  id INTEGER PRIMARY KEY,            -- (replicate - 1) * number of twins + position of the twin
  twin TEXT NOT NULL,
  replicate INTEGER NOT NULL,
  arms TEXT NOT NULL,                -- JSON: condition -> arm
  status TEXT NOT NULL,              -- open, completed, screened out, broke off
  pages INTEGER NOT NULL,            -- 0 while open
  UNIQUE (replicate, twin)
);

CREATE TABLE pages (
  interview INTEGER NOT NULL,
  page INTEGER NOT NULL,             -- 1 is the first of the interview
  shown INTEGER NOT NULL,            -- texts.id of JSON, see recording.py
  PRIMARY KEY (interview, page)
) WITHOUT ROWID;

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  interview INTEGER NOT NULL,
  page INTEGER NOT NULL,
  number INTEGER NOT NULL,           -- 1 is the first for this page since the run was last started
  started REAL NOT NULL,             -- seconds since 1970
  ended REAL,
  outcome TEXT NOT NULL,             -- '' while under way; interrupted: may have been billed
  request TEXT NOT NULL,             -- digest of what was sent
  input_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost REAL NOT NULL,                -- US dollars
  detail TEXT NOT NULL               -- JSON: whatever else the respondent said about it
);

CREATE TABLE answers (
  interview INTEGER NOT NULL,
  page INTEGER NOT NULL,
  position INTEGER NOT NULL,         -- 1 is the first variable of the page, as shown
  variable INTEGER NOT NULL,
  number REAL,                       -- the code, for variables that hold numbers
  text TEXT,                         -- the answer, for variables that hold text or dates
  reason TEXT,                       -- why there is no answer
  basis TEXT NOT NULL,
  probabilities BLOB,                -- one float64, little-endian, for each code
  codes INTEGER,                     -- texts.id of JSON: those codes, where not the codebook's
  note INTEGER,                      -- texts.id
  raw INTEGER,                       -- texts.id
  attempt INTEGER,
  PRIMARY KEY (interview, page, position)
) WITHOUT ROWID;

CREATE TABLE fields (                -- what the questionnaire set itself, once an interview is over
  interview INTEGER NOT NULL,
  name TEXT NOT NULL,
  number REAL,                       -- the value, if it is a number
  text TEXT,                         -- the value, if it is text
  PRIMARY KEY (interview, name)
) WITHOUT ROWID;

CREATE VIEW answer_list AS
SELECT i.twin, i.replicate, a.page, a.position, v.name AS variable, a.number, a.text, a.reason,
       a.basis, n.text AS note, r.text AS raw, a.attempt
FROM answers a
JOIN interviews i ON i.id = a.interview
JOIN variables v ON v.id = a.variable
LEFT JOIN texts n ON n.id = a.note
LEFT JOIN texts r ON r.id = a.raw;
