import { describe, expect, it } from 'vitest';
import { splitStatements } from '../src/stack/split-statements.ts';

describe('statements of a migration', () => {
	it('end at a semicolon, without it and without what is empty', () => {
		expect(splitStatements(' create table a ();;\n;\nselect 1 ; -- more\n')).toEqual([
			'create table a ()',
			'select 1',
			'-- more'
		]);
		expect(splitStatements('')).toEqual([]);
	});

	it.each([
		["insert into a values (';', 'it''s;')"],
		['create table "a;""b" (x int)'],
		["select E'\\'; \\\\'"],
		['do $$ begin perform 1; end $$'],
		['create function f() returns text as $a_1$ select $$;$$ $a_1$ language sql'],
		['select 1 -- one; line\n + 1'],
		['select /* a; /* nested; */ b; */ 1'],
		['create rule r as on insert to a do (select 1; select 2)'],
		['select a$b from "x" where c$d = 1'],
		['/* begin; */ select 1']
	])('%s is one', (statement) => {
		expect(splitStatements(`${statement};\nselect 2`)).toEqual([statement, 'select 2']);
	});

	it.each([
		['begin; select 1; commit;'],
		['select 1; /* and */ rollback'],
		['vacuum'],
		['set role anon'],
		['reset all'],
		['call p()'],
		['create index concurrently i on a (x)'],
		['create function f() returns int language sql begin atomic select 1; end'],
		['-- pg-delta: transaction=false\nselect 1'],
		["select 'open"],
		['select "open'],
		['select $$open'],
		['select /* open'],
		['select (1'],
		['select 1)'],
		["select E'a'\n'\\';'"],
		['\\d']
	])('%j is for the command line', (script) => {
		expect(splitStatements(script)).toBeNull();
	});
});
