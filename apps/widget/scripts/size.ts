import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

interface Budget {
	goal: number;
	/** Above it the build fails. */
	limit: number;
}

/** KB, brotli 11. */
export const budgets = {
	loader: { goal: 2.0, limit: 2.05 },
	/** What one opening of the panel needs: the panel with its texts. */
	panel: { goal: 24, limit: 24.2 },
	/** A part of the panel that comes with its first use, for itself. */
	lazy: { goal: 4, limit: 5.5 },
	/** Names and words of all emoji in one language, with the first opening of the picker. */
	data: { goal: 30, limit: 42 }
};

/** KB of the loader, of the heavier panel, and of each chunk by its name. */
export function weigh(dist: string) {
	const chunks = readdirSync(`${dist}/widget`).map((file) => ({
		name: file.replace(/-.{8}\.js$/, ''),
		size: brotliKb(readFileSync(`${dist}/widget/${file}`))
	}));
	const panels = chunks.filter(({ name }) => name.startsWith('panel-'));
	if (panels.length === 0) throw new Error('There is no panel.');
	return {
		loader: brotliKb(readFileSync(`${dist}/widget.js`)),
		panel: Math.max(...panels.map(({ size }) => size)),
		lazy: chunks.filter((chunk) => !panels.includes(chunk))
	};
}

/** Prints what the built widget weighs; throws above a limit. */
export function checkSizes(dist: string): void {
	const { loader, panel, lazy } = weigh(dist);
	const checks: [string, number, Budget][] = [
		['loader', loader, budgets.loader],
		['panel with its texts', panel, budgets.panel],
		...lazy.map(({ name, size }): [string, number, Budget] => [
			name,
			size,
			name.startsWith('emoji-') ? budgets.data : budgets.lazy
		])
	];
	for (const [name, size, { goal, limit }] of checks) {
		console.log(
			`${name.padEnd(22)} ${size.toFixed(2).padStart(6)} KB br (goal ${goal}, limit ${limit})`
		);
	}
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
