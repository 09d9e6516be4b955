import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findChromium, installChromium } from './chromium.mjs';
import { prepare } from './prepare.mjs';
import { capture, CommandFailed, npm, projectNode, root } from './run.mjs';
import { scratchParent } from './scratch.mjs';
import { Terminal } from './terminal.mjs';
import { crashed, readPlaywright, readVitest } from './test-reports.mjs';

const terminal = new Terminal();
const scratch = mkdtempSync(join(scratchParent(), 'chatiq-test-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }));

/**
 * @typedef {import('./test-reports.mjs').Count} Count
 * @typedef {{ name: string, title: string, turn: 1 | 2 | 3, run: () => Promise<Count> }} Step
 * Steps of one turn run side by side, for each of them leaves much of two cores to others.
 */

/** @type {Step[]} */
const steps = [
	script('types', 'Types', 'check:types'),
	lint('lint', 'Lint', ['.', '--ignore-pattern', 'apps/']),
	lint('lint-apps', 'Lint of apps', ['apps']),
	script('format', 'Format', 'check:format'),
	script('db-types', 'Database types', 'db:types', ['--', '--check']),
	vitest('api', 'Rights and rules', ['api']),
	vitest('parts', 'Parts', ['!api']),
	{
		name: 'journeys',
		title: 'Journeys',
		turn: 3,
		run: async () => {
			const file = join(scratch, 'playwright.json');
			// The rest runs with `npm run test:journeys`.
			const args = ['test', '--reporter=json', '--grep-invert=@long'];
			const outcome = await tool('@playwright/test/cli.js', args, {
				cwd: join(root, 'e2e'),
				env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file }
			});
			return blameRunner(outcome, readPlaywright(file));
		}
	}
];

/** @param {string[]} argv */
export async function test(argv) {
	const chosen = chooseSteps(argv);
	const total = { passed: 0, failed: 0 };
	try {
		await prepare(terminal);
		if (findChromium() === null) await terminal.step('Chromium', installChromium);
	} catch (error) {
		if (!(error instanceof CommandFailed)) throw error;
		console.log(`\n${error.output}\n${error.message}\n`);
		total.failed++;
	}
	if (total.failed === 0)
		for (const count of await runSteps(chosen)) {
			total.passed += count.passed;
			total.failed += count.failed;
		}
	console.log(`${total.passed} passed, ${total.failed} failed`);
	process.exit(total.failed > 0 ? 1 : 0);
}

/** @param {string[]} argv */
function chooseSteps(argv) {
	const names = steps.map(({ name }) => name).join(', ');
	try {
		const { values } = parseArgs({ args: argv, options: { only: { type: 'string' } } });
		const chosen = steps.filter(({ name }) => values.only === undefined || name === values.only);
		if (chosen.length === 0) throw new Error(`There is no step '${values.only}'`);
		return chosen;
	} catch (error) {
		console.error(`${error.message}\n\nnpm test [-- --only STEP]    with STEP one of: ${names}`);
		process.exit(2);
	}
}

/**
 * @param {Step[]} chosen
 * @returns {Promise<Count[]>}
 */
async function runSteps(chosen) {
	const counts = [];
	for (const turn of [1, 2, 3]) {
		const together = chosen.filter((step) => step.turn === turn);
		if (together.length === 0) continue;
		const title = together.map((step) => step.title).join(', ');
		const stop = terminal.showLife(title, performance.now());
		counts.push(...(await Promise.all(together.map(runStep)).finally(stop)));
	}
	return counts;
}

/**
 * @param {Step} step
 * @returns {Promise<Count>}
 */
async function runStep({ title, run }) {
	const startedAt = performance.now();
	const count = await run().catch((error) => crashed(String(error)));
	const numbers = `${count.passed} passed, ${count.failed} failed`;
	terminal.line(count.failed > 0 ? '✗' : '✓', title, performance.now() - startedAt, numbers);
	for (const problem of count.problems) console.log(`\n${problem}\n`);
	return count;
}

/**
 * What passes or fails as a whole.
 * @param {Promise<import('./run.mjs').Outcome>} running
 * @returns {Promise<Count>}
 */
async function check(running) {
	const { code, output } = await running;
	return code === 0
		? { passed: 1, failed: 0, problems: [] }
		: { passed: 0, failed: 1, problems: [output.trim()] };
}

/**
 * A check that npm runs.
 * @param {string} name
 * @param {string} title
 * @param {string} npmScript
 * @param {string[]} [rest]
 * @returns {Step}
 */
function script(name, title, npmScript, rest = []) {
	return {
		name,
		title,
		turn: 1,
		run: () => {
			const [command, args, options] = npm(['run', '--silent', npmScript, ...rest]);
			return check(capture(command, args, { ...options, env: environment() }));
		}
	};
}

/**
 * A part of `npm run check:lint`: what it takes longest for are the types, and these parts share none of them.
 * @param {string} name
 * @param {string} title
 * @param {string[]} args
 * @returns {Step}
 */
function lint(name, title, args) {
	return { name, title, turn: 1, run: () => check(tool('eslint/bin/eslint.js', args)) };
}

/**
 * Some of Vitest's projects in a process of their own.
 * @param {string} name
 * @param {string} title
 * @param {string[]} projects
 * @returns {Step}
 */
function vitest(name, title, projects) {
	return {
		name,
		title,
		turn: 2,
		run: async () => {
			const file = join(scratch, `${name}.json`);
			const chosen = projects.map((project) => `--project=${project}`);
			// The dots tell what no report does: errors outside of tests.
			const reporters = ['--reporter=json', '--reporter=dot', `--outputFile.json=${file}`];
			const args = ['run', ...chosen, ...reporters];
			return blameRunner(await tool('vitest/vitest.mjs', args), readVitest(file));
		}
	};
}

/**
 * Runs a tool of the project with the project's Node.
 * @param {string} path below node_modules
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 */
function tool(path, args, { cwd = root, env = {} } = {}) {
	return capture(projectNode(), [join(root, 'node_modules', path), ...args], {
		cwd,
		env: { ...environment(), ...env }
	});
}

/** Everything below runs on the project's Node and drives the browser that was found. */
function environment() {
	const bin = join(root, 'node_modules/.bin');
	const separator = process.platform === 'win32' ? ';' : ':';
	return {
		...process.env,
		CI: 'true',
		TMPDIR: scratch,
		PATH: `${bin}${separator}${process.env.PATH ?? ''}`,
		CHROMIUM_PATH: findChromium() ?? ''
	};
}

/**
 * Green tests and a failing runner: an error outside of any test.
 * @param {import('./run.mjs').Outcome} outcome
 * @param {Count} count
 * @returns {Count}
 */
function blameRunner({ code, signal, output }, count) {
	if (code === 0 || count.failed > 0)
		return count.passed === 0 ? { ...count, problems: [...count.problems, output.trim()] } : count;
	const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
	return { ...count, failed: 1, problems: [`The runner ${how}:\n${output.trim()}`] };
}
