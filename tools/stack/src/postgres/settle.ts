import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDatabase } from '../with-database.ts';
import type { PostgresBinaries } from './binaries.ts';
import { syncCluster } from './initdb.ts';
import { stopOrphan } from './orphan.ts';
import { syncDirectory } from './sync-directory.ts';
import type { UnprivilegedUser } from './unprivileged-user.ts';

/** Lies in a cluster that the machine's end may have torn: it holds nothing but what a start makes. */
const mark = 'unsettled';

/** What such a cluster runs with; not on the command line, which could not be taken back. */
const hasty = 'fsync = off\nfull_page_writes = off\n';

/** A new cluster will be filled without waiting for the disk, which takes half the time of a first start. */
export async function markUnsettled(directory: string): Promise<void> {
	await writeFile(path.join(directory, mark), '');
	await writeFile(path.join(directory, 'postgresql.auto.conf'), hasty);
}

export function isUnsettled(directory: string): boolean {
	return existsSync(path.join(directory, mark));
}

/** Makes room for a new one: a first start that was cut short begins anew. */
export async function discardUnsettled(
	directory: string,
	log: (line: string) => void
): Promise<void> {
	if (!isUnsettled(directory)) return;
	await stopOrphan(directory, log);
	await rm(directory, { recursive: true, maxRetries: 20, retryDelay: 50 });
}

/** When it returns, everything so far is on the disk, and so is every commit from then on. */
export async function settle(options: {
	directory: string;
	binaries: PostgresBinaries;
	user: UnprivilegedUser | null;
	/** As the superuser. */
	url: string;
}): Promise<void> {
	const { directory, url } = options;
	if (!isUnsettled(directory)) return;
	await withDatabase(url, async (sql) => {
		// Pages go to the system's cache now, and from there to the disk below, each file once.
		await sql`checkpoint`;
		await sql`alter system reset all`;
		await sql`select pg_reload_conf()`;
		while ((await sql`show fsync`)[0]?.['fsync'] !== 'on') await sleep(5);
	});
	await syncCluster(directory, options);
	await rm(path.join(directory, mark));
	await syncDirectory(directory);
}
