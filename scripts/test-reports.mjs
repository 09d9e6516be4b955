import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {object} Count
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} problems what a person wants to read about the failures
 */

/**
 * Files that cannot be loaded count as well: vitest reports them without a single test.
 * @param {string} file
 * @returns {Count}
 */
export function readVitest(file) {
	const report = readReport(file);
	if (!report) return crashed('vitest wrote no report');
	const suites = report.testResults ?? [];
	const broken = suites.filter((suite) => suite.status === 'failed' && !hasFailedTest(suite));
	return atLeastOne('vitest', {
		passed: report.numPassedTests,
		failed: report.numFailedTests + broken.length,
		problems: [
			...suites.flatMap((suite) =>
				suite.assertionResults
					.filter(({ status }) => status === 'failed')
					.map((test) => `${suite.name}: ${test.fullName}\n${test.failureMessages.join('\n')}`)
			),
			...broken.map((suite) => `${suite.name}\n${suite.message}`)
		]
	});
}

const hasFailedTest = (suite) => suite.assertionResults.some(({ status }) => status === 'failed');

/**
 * @param {string} file
 * @returns {Count}
 */
export function readPlaywright(file) {
	const report = readReport(file);
	if (!report) return crashed('playwright wrote no report');
	const { expected, unexpected, flaky } = report.stats;
	const errors = (report.errors ?? []).map(({ message, stack }) => message ?? stack ?? 'error');
	return atLeastOne('playwright', {
		passed: expected + flaky,
		failed: unexpected + errors.length,
		problems: [...errors, ...report.suites.flatMap((suite) => troubledSpecs(suite))]
	});
}

/** Those that failed, and those that passed at their second try only: they are counted as passed, and named. */
function troubledSpecs(suite) {
	return [
		...(suite.specs ?? [])
			.filter(({ ok, tests }) => !ok || tests.some(({ status }) => status === 'flaky'))
			.map(({ ok, file, line, title, tests }) => {
				const results = tests.flatMap(({ results }) => results);
				const messages = results.flatMap(({ errors }) => errors.map(({ message }) => message));
				const name = `${file}:${line} ${title}${ok ? ' (passed at the second try)' : ''}`;
				return `${name}\n${[...new Set(messages)].join('\n')}`;
			}),
		...(suite.suites ?? []).flatMap((inner) => troubledSpecs(inner))
	];
}

function readReport(file) {
	if (!existsSync(file)) return null;
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

/** A runner that found nothing to run proves nothing. */
function atLeastOne(runner, count) {
	return count.passed + count.failed > 0 ? count : crashed(`${runner} ran no tests`);
}

/** @returns {Count} */
export const crashed = (problem) => ({ passed: 0, failed: 1, problems: [problem] });
