import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createProject } from './support/project-fixture.ts';

const scripts = join(import.meta.dirname, '../../../scripts');
const project = createProject({});
afterAll(project.remove);

interface Count {
	passed: number;
	failed: number;
	problems: string[];
}
const reports = (await import(join(scripts, 'test-reports.mjs'))) as Record<
	'readVitest' | 'readPlaywright',
	(file: string) => Count
>;

function report(content: unknown): string {
	project.write('report.json', typeof content === 'string' ? content : JSON.stringify(content));
	return join(project.root, 'report.json');
}

function run(script: string, ...args: string[]) {
	return spawnSync(process.execPath, [join(scripts, script), ...args], { encoding: 'utf8' });
}

describe('npm start', () => {
	it.each([
		[['--prot', '1'], "Unknown option '--prot'"],
		[['--port', 'http'], '--port takes a number from 0 to 65535'],
		[['--port', '70000'], '--port takes a number from 0 to 65535'],
		[['now'], "Unexpected argument 'now'"]
	])('refuses %j and shows what there is', (args, message) => {
		const { status, stderr } = run('start.mjs', ...args);
		expect(status).toBe(2);
		expect(stderr).toContain(message);
		expect(stderr).toContain('npm start -- --reset');
	});

	it('explains itself', () => {
		const { status, stdout } = run('start.mjs', '--help');
		expect([status, stdout.includes('--data DIR')]).toEqual([0, true]);
	});
});

it('npm test names its steps when asked for another', () => {
	const { status, stderr } = run('test.mjs', '--only', 'everything');
	expect([
		status,
		stderr.includes('types, lint, lint-apps, format, db-types, api, parts, journeys')
	]).toEqual([2, true]);
});

describe('what npm test counts', () => {
	const suite = (status: string, tests: string[], message = '') => ({
		name: 'a.test.ts',
		status,
		message,
		assertionResults: tests.map((result) => ({
			status: result,
			fullName: 'a test',
			failureMessages: result === 'failed' ? ['expected 1 to be 2'] : []
		}))
	});

	it('passed and failed tests, and why they failed', () => {
		const file = report({
			numPassedTests: 2,
			numFailedTests: 1,
			testResults: [suite('failed', ['passed', 'failed', 'passed'])]
		});
		expect(reports.readVitest(file)).toEqual({
			passed: 2,
			failed: 1,
			problems: ['a.test.ts: a test\nexpected 1 to be 2']
		});
	});

	it('a file that cannot be loaded as failed, though no test in it did', () => {
		const file = report({
			numPassedTests: 1,
			numFailedTests: 0,
			testResults: [suite('passed', ['passed']), suite('failed', [], 'SyntaxError')]
		});
		expect(reports.readVitest(file)).toMatchObject({ passed: 1, failed: 1 });
	});

	it.each([
		['no tests at all', { numPassedTests: 0, numFailedTests: 0, testResults: [] }],
		['half a report', '{ "numPassed']
	])('%s as failed', (_, content) => {
		expect(reports.readVitest(report(content))).toMatchObject({ passed: 0, failed: 1 });
	});

	it('a missing report as failed', () => {
		const nowhere = join(project.root, 'nowhere.json');
		expect(reports.readVitest(nowhere)).toMatchObject({ passed: 0, failed: 1 });
		expect(reports.readPlaywright(nowhere)).toMatchObject({ passed: 0, failed: 1 });
	});

	it('journeys: a flaky one passed, errors outside of tests failed', () => {
		const spec = {
			ok: false,
			file: 'chat.spec.ts',
			line: 3,
			title: 'writes',
			tests: [{ results: [{ errors: [{ message: 'timed out' }] }] }]
		};
		const late = {
			...{ ok: true, file: 'chat.spec.ts', line: 9, title: 'reads' },
			tests: [{ status: 'flaky', results: [{ errors: [{ message: 'slow' }] }, { errors: [] }] }]
		};
		const file = report({
			stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 2 },
			errors: [{ message: 'global setup failed' }],
			suites: [{ specs: [], suites: [{ specs: [spec, late] }] }]
		});
		expect(reports.readPlaywright(file)).toEqual({
			passed: 4,
			failed: 2,
			problems: [
				'global setup failed',
				'chat.spec.ts:3 writes\ntimed out',
				'chat.spec.ts:9 reads (passed at the second try)\nslow'
			]
		});
	});
});
