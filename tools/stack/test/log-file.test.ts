import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { levelOf, LogFile } from '../src/stack/log-file.ts';
import { redact } from '../src/stack/redact.ts';
import { createProject } from './support/project-fixture.ts';

const project = createProject({});
afterAll(project.remove);

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJlLWhlcmU';

describe('the log', () => {
	it('is one JSON object a line, also for text of several lines', () => {
		const directory = join(project.root, 'lines');
		const log = new LogFile(directory);
		log.write('functions', 'TypeError: x\n    at handler');
		log.write('postgres', '2026-11-21 LOG:  checkpoint starting');
		log.write('postgres', '2026-11-21 FATAL:  terminating connection');
		log.close();
		const lines = readFileSync(join(directory, 'stack.log'), 'utf8').trimEnd().split('\n');
		expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
			{ part: 'functions', level: 'info', message: 'TypeError: x\n    at handler' },
			{ part: 'postgres', level: 'info' },
			{ part: 'postgres', level: 'error' }
		]);
		expect(JSON.parse(lines[0] ?? '')).toHaveProperty(
			'time',
			expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
		);
		expect(statSync(join(directory, 'stack.log')).mode & 0o777).toBe(0o600);
	});

	it('keeps a few files of a limited size, the newest lines in stack.log', () => {
		const directory = join(project.root, 'rotation');
		for (let restart = 0; restart < 3; restart++) {
			const log = new LogFile(directory, { longest: 500 });
			for (let n = 0; n < 20; n++) log.write('stack', `line ${restart * 20 + n}`);
			log.close();
		}
		const files = readdirSync(directory).sort();
		expect(files).toEqual(['stack.1.log', 'stack.2.log', 'stack.3.log', 'stack.log']);
		for (const file of files) expect(statSync(join(directory, file)).size).toBeLessThanOrEqual(500);
		const newest = readFileSync(join(directory, 'stack.log'), 'utf8');
		expect(newest).toContain('line 59');
		expect(readFileSync(join(directory, 'stack.1.log'), 'utf8')).not.toContain('line 59');
	});

	it('takes the level from what Realtime says', () => {
		expect(levelOf('realtime', 'warning ReplicationConnectionLost: gone')).toBe('warning');
		expect(levelOf('realtime', 'error UnknownError: x')).toBe('error');
		expect(levelOf('functions', 'Deno ended by SIGKILL')).toBe('info');
	});
});

describe('nothing in the log lets anybody in', () => {
	it.each([
		[`GET /realtime/v1/websocket?apikey=${jwt}&vsn=1.0.0`, '&vsn=1.0.0'],
		['GET /auth/v1/verify?token=abcdef123456&type=invite', 'type=invite'],
		['apikey=sb_secret_abcDEF123-456', 'apikey='],
		['key sb_publishable_abcDEF123-456 is unknown', 'is unknown'],
		['authorization: Bearer abcdef.123456', 'authorization'],
		['{"password":"correct horse","email":"a@b.c"}', '"email":"a@b.c"'],
		['connect postgres://postgres:hunter2secret@127.0.0.1:5432/postgres', '@127.0.0.1:5432'],
		[`token ${jwt} has expired`, 'has expired']
	])('%s', (line, stays) => {
		const safe = redact(line);
		expect(safe).toContain(stays);
		for (const secret of [jwt, 'abcdef', 'abcDEF', 'horse', 'hunter2secret'])
			expect(safe).not.toContain(secret);
	});

	it('and an ordinary line stays as it is', () => {
		const line = 'functions/hook is not in supabase/config.toml: the password of nobody';
		expect(redact(line)).toBe(line);
	});
});
