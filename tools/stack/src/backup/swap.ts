import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a restore replaces. */
export const restorable = ['postgres', 'storage', 'keys.json'] as const;
export type Restorable = (typeof restorable)[number];

const journal = 'restore.json';

/** Where a restore prepares the new data, inside of the data folder: a rename must not cross disks. */
export const preparedIn = (dataDirectory: string) => join(dataDirectory, 'restore-new');

/** Where the replaced data lies until somebody deletes it or restores again. */
export const keptIn = (dataDirectory: string) => join(dataDirectory, 'before-restore');

/**
 * Puts the prepared data in the place of the present. From the journal on it can only go forward: a
 * kill in between is made up for by `finishSwap` at the next start.
 */
export async function swap(dataDirectory: string, names: readonly Restorable[]): Promise<void> {
	await rm(keptIn(dataDirectory), { recursive: true, force: true });
	await mkdir(keptIn(dataDirectory));
	await writeFile(join(dataDirectory, journal), JSON.stringify(names), { flush: true });
	await finishSwap(dataDirectory);
}

/** Ends a swap that was interrupted; nothing to do otherwise. */
export async function finishSwap(dataDirectory: string): Promise<void> {
	if (!existsSync(join(dataDirectory, journal))) return;
	for (const name of restorable) {
		const [fresh, place] = [join(preparedIn(dataDirectory), name), join(dataDirectory, name)];
		if (!existsSync(fresh)) continue;
		if (existsSync(place)) await rename(place, join(keptIn(dataDirectory), name));
		await rename(fresh, place);
	}
	await rm(preparedIn(dataDirectory), { recursive: true, force: true });
	await rm(join(dataDirectory, journal));
}
