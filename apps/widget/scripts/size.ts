import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

interface Budget {
	goal: number;
	/** Above it the build fails. */
	limit: number;
}

/** KB, brotli 11 (design.md, performance budgets). */
const budgets = {
	loader: { goal: 2.0, limit: 3.0 },
	/** What one opening of the panel needs: the panel and one language. */
	panel: { goal: 24, limit: 30 },
	/** A part of the panel that comes with its first use, for itself. */
	lazy: { goal: 4, limit: 6 }
};

/** Prints what the built widget weighs; throws above a limit. */
export function checkSizes(dist: string): void {
	const chunks = readdirSync(`${dist}/widget`).map((file) => ({
		name: file.replace(/-.{8}\.js$/, ''),
		size: brotliKb(readFileSync(`${dist}/widget/${file}`))
	}));
	const sizeOf = (name: string) => chunks.find((chunk) => chunk.name === name)?.size ?? NaN;
	const panel = sizeOf('panel');
	const language = Math.max(sizeOf('uk'), sizeOf('en'));
	const lazy = chunks.filter(({ name }) => !['panel', 'uk', 'en'].includes(name));
	const checks: [string, number, Budget][] = [
		['loader', brotliKb(readFileSync(`${dist}/widget.js`)), budgets.loader],
		['panel + language', panel + language, budgets.panel],
		...lazy.map(({ name, size }): [string, number, Budget] => [name, size, budgets.lazy])
	];
	for (const [name, size, { goal, limit }] of checks) {
		console.log(
			`${name.padEnd(20)} ${size.toFixed(2).padStart(6)} KB br (goal ${goal}, limit ${limit})`
		);
	}
	console.log(`(panel ${panel.toFixed(2)}, language ${language.toFixed(2)})`);
	const over = checks.filter(([, size, { limit }]) => !(size <= limit));
	if (over.length > 0) {
		throw new Error(`Too heavy: ${over.map(([name]) => name).join(', ')}. The limits are in KB.`);
	}
}

function brotliKb(bytes: Buffer): number {
	const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
	return brotliCompressSync(bytes, { params }).length / 1024;
}

if (import.meta.main) checkSizes(`${import.meta.dirname}/../dist`);
