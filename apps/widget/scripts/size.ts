import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

/** KB, brotli 11: what one opening of the panel needs (design.md, performance budgets). */
const budgets = { loader: { goal: 2.0, limit: 3.0 }, panel: { goal: 24, limit: 30 } };

/** Prints what the built widget weighs; throws above the limit. */
export function checkSizes(dist: string): void {
	const chunks = readdirSync(`${dist}/widget`).filter((file) => file.endsWith('.js'));
	const weigh = (file: string) => brotliKb(readFileSync(`${dist}/${file}`));
	const panel = chunks
		.filter((file) => file.startsWith('panel-'))
		.map((file) => weigh(`widget/${file}`));
	const languages = chunks
		.filter((file) => !file.startsWith('panel-'))
		.map((file) => weigh(`widget/${file}`));
	check('loader', weigh('widget.js'));
	check('panel', Math.max(...panel) + Math.max(...languages));
}

function check(name: keyof typeof budgets, size: number): void {
	const { goal, limit } = budgets[name];
	console.log(`${name}: ${size.toFixed(2)} KB br (goal ${goal}, limit ${limit})`);
	if (size > limit) throw new Error(`${name} is over its limit of ${limit} KB`);
}

function brotliKb(bytes: Buffer): number {
	const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
	return brotliCompressSync(bytes, { params }).length / 1024;
}

if (import.meta.main) checkSizes(`${import.meta.dirname}/../dist`);
