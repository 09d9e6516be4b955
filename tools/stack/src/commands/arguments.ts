import { join, resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';

export const root = resolve(import.meta.dirname, '../../../..');

/** Something that the user can change; shown without a stack. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

/** `--data` and `--help`, which every command has, and its own. */
export function readArguments<const Own extends Options>(help: string, own: Own) {
	const data = { type: 'string', default: join(root, '.chatiq/data') } as const;
	const common = { data, help: { type: 'boolean', short: 'h', default: false } } as const;
	const { values, positionals } = orUsage(() =>
		parseArgs({ options: { ...common, ...own }, allowPositionals: true })
	);
	const { data: folder, help: wanted } = values as { data: string; help: boolean };
	if (wanted) {
		console.log(help);
		process.exit(0);
	}
	return { values, positionals, dataDirectory: fromCaller(folder) };
}

/** npm changes to the package's folder; a relative path is meant from where the user stands. */
export function fromCaller(path: string): string {
	return resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
}

/** Runs a command: 0 or the code that it answers, 2 for wrong usage, 1 for a failure in words. */
export async function runCommand(help: string, run: () => Promise<number | undefined>) {
	try {
		process.exitCode = (await run()) ?? 0;
	} catch (error) {
		console.error(error instanceof Error ? error.message : String(error));
		if (error instanceof UsageError) console.error(`\n${help}`);
		process.exitCode = error instanceof UsageError ? 2 : 1;
	}
}

function orUsage<Result>(parse: () => Result): Result {
	try {
		return parse();
	} catch (cause) {
		throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
	}
}
