-- The backstories of one panel. Rows are only ever added; an attempt is ended once. Long texts are
-- kept once and referred to by number, because every request repeats the conversation so far.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL                -- JSON
) WITHOUT ROWID;

CREATE TABLE texts (
  id INTEGER PRIMARY KEY,            -- first 63 bits of the BLAKE2b digest of the text
  text TEXT NOT NULL
);

CREATE TABLE backstories (
  id INTEGER PRIMARY KEY,            -- position of the twin in the population
  twin TEXT NOT NULL UNIQUE
);

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  backstory INTEGER NOT NULL,
  turn INTEGER NOT NULL,             -- the turn it was made for
  role TEXT NOT NULL,                -- interviewee, interviewer, critic
  started REAL NOT NULL,             -- seconds since 1970
  ended REAL,
  outcome TEXT NOT NULL,             -- '' while under way; interrupted: may have been billed
  request TEXT NOT NULL,             -- digest of what was sent
  prompt TEXT NOT NULL,              -- JSON: numbers of the texts that were sent, in order
  input_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost REAL NOT NULL,                -- US dollars
  detail TEXT NOT NULL               -- JSON: model, error, seconds, …
);

CREATE TABLE tries (
  id INTEGER PRIMARY KEY,
  backstory INTEGER NOT NULL,
  turn INTEGER NOT NULL,
  number INTEGER NOT NULL,           -- 1 is the first answer given in this turn
  answer INTEGER NOT NULL,           -- texts.id
  attempt INTEGER NOT NULL,          -- 0 if none was made: composed, imported, or cached
  verdict TEXT NOT NULL              -- JSON: what the critic found; [] if it was accepted
);

CREATE TABLE turns (
  backstory INTEGER NOT NULL,
  turn INTEGER NOT NULL,             -- 1 is the first of the interview
  question TEXT NOT NULL,            -- id in the protocol
  follow_up INTEGER NOT NULL,        -- 0 for the protocol's own question
  asked INTEGER NOT NULL,            -- texts.id
  answer INTEGER NOT NULL,           -- texts.id
  author TEXT NOT NULL,              -- model, template, person
  tries INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  accepted REAL NOT NULL,            -- seconds since 1970
  detail TEXT NOT NULL,              -- JSON: facts, personal, withheld
  PRIMARY KEY (backstory, turn)
) WITHOUT ROWID;

CREATE TABLE plans (
  backstory INTEGER NOT NULL,
  turn INTEGER NOT NULL,             -- after this turn
  note TEXT NOT NULL,                -- the interviewer's
  follow_up TEXT NOT NULL,           -- what to ask next, or '' to go on with the protocol
  detail TEXT NOT NULL,              -- JSON
  PRIMARY KEY (backstory, turn)
) WITHOUT ROWID;

CREATE TABLE endings (
  id INTEGER PRIMARY KEY,
  backstory INTEGER NOT NULL,
  status TEXT NOT NULL,              -- finished, failed; the last ending counts
  reason TEXT NOT NULL,
  turns INTEGER NOT NULL,
  ended REAL NOT NULL
);

CREATE INDEX tries_by_turn ON tries (backstory, turn);

CREATE TRIGGER turns_stay BEFORE UPDATE ON turns BEGIN SELECT RAISE(ABORT, 'a turn stays'); END;

CREATE TRIGGER turns_remain BEFORE DELETE ON turns BEGIN SELECT RAISE(ABORT, 'a turn stays'); END;

CREATE TRIGGER tries_stay BEFORE UPDATE ON tries BEGIN SELECT RAISE(ABORT, 'a try stays'); END;

CREATE TRIGGER tries_remain BEFORE DELETE ON tries BEGIN SELECT RAISE(ABORT, 'a try stays'); END
