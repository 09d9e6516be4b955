import { Conflict, type Stored } from './draft.svelte.ts';
import { same } from './same.ts';

interface RowAccess<Values> {
	/** Null when the row has another version by now. */
	write: (values: Values, version: string) => Promise<Stored<Values> | null>;
	read: () => Promise<Stored<Values>>;
}

const mostTries = 4;

/**
 * Writes over exactly what the screen has shown. A row carries more than one screen: when only other columns were
 * saved meanwhile, it goes on; when these were, it is a conflict. A repeat after a lost answer changes nothing.
 */
export async function saveRow<Values>(
	values: Values,
	over: Stored<Values>,
	{ write, read }: RowAccess<Values>
): Promise<Stored<Values>> {
	let { version } = over;
	for (let tries = 0; ; tries++) {
		const written = await write(values, version);
		if (written) return written;
		const newest = await read();
		if (same(newest.values, values)) return newest;
		if (!same(newest.values, over.values) || tries === mostTries) throw new Conflict(newest);
		version = newest.version;
	}
}
