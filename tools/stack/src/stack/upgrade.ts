import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type postgres from 'postgres';
import { z } from 'zod';
import { createBackup } from '../backup/create-backup.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { keptIn } from '../backup/swap.ts';
import { placesOf } from './places.ts';

const Journal = z.object({ backup: z.string() });
const kept = 3;

/** A migration failed; the data is, or will be, as it was before the start. */
export class MigrationFailed extends Error {}

/**
 * New migrations on data that people use: everything is backed up before, and put back when one fails.
 * The journal names that backup until the upgrade is through, also across a kill in the middle.
 */
export class Upgrade {
	readonly #root: string;
	readonly #dataDirectory: string;
	readonly #log: (line: string) => void;

	constructor(options: { root: string; dataDirectory: string; log: (line: string) => void }) {
		this.#root = options.root;
		this.#dataDirectory = options.dataDirectory;
		this.#log = options.log;
	}

	/** `sql` is the superuser's. */
	async begin(sql: postgres.Sql, pending: readonly string[]): Promise<void> {
		// An upgrade that was interrupted: the state before it is the one to go back to.
		if (this.#backup()) return;
		const backups = placesOf(this.#dataDirectory).backups;
		const time = new Date().toISOString().replaceAll(':', '-');
		const file = join(backups, `upgrade-${time}.tar.gz`);
		await createBackup({ dataDirectory: this.#dataDirectory, file, sql });
		await writeFile(this.#journal, JSON.stringify({ backup: file }), { flush: true });
		const count = pending.length === 1 ? '1 new migration' : `${pending.length} new migrations`;
		this.#log(`${count}; the data before them is in ${file}`);
		const names = (await readdir(backups)).filter((name) => /^upgrade-.*\.tar\.gz$/.test(name));
		for (const name of names.sort().slice(0, -kept)) await rm(join(backups, name));
	}

	async finish(): Promise<void> {
		await rm(this.#journal, { force: true });
	}

	/** When nothing runs any more: the database as it was. Files are not touched by migrations. */
	async undo(failure: MigrationFailed): Promise<MigrationFailed> {
		const file = this.#backup();
		if (!file) return failure;
		await restoreBackup({
			root: this.#root,
			dataDirectory: this.#dataDirectory,
			file,
			names: ['postgres']
		});
		await rm(keptIn(this.#dataDirectory), { recursive: true, force: true });
		await this.finish();
		return new MigrationFailed(
			`${failure.message}\n\nThe data is as it was before this start (a copy is in ${file}).\n` +
				'Mend the migration, or go back to the version that ran before; then: npm start',
			{ cause: failure }
		);
	}

	get #journal(): string {
		return join(this.#dataDirectory, 'upgrade.json');
	}

	#backup(): string | null {
		if (!existsSync(this.#journal)) return null;
		const { backup } = Journal.parse(JSON.parse(readFileSync(this.#journal, 'utf8')));
		return existsSync(backup) ? backup : null;
	}
}
