-- How many rows hold a word is a guess for the planner; guessed high, it read the whole table to find a first few.
alter function app.search_site(uuid, text, timestamptz, uuid, integer) set enable_seqscan = off;
