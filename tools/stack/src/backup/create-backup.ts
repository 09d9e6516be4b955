import { join } from 'node:path';
import type postgres from 'postgres';
import { appliedVersions } from '../stack/migrate.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { addCluster } from './base-backup.ts';
import { format, keysName, type Manifest, manifestName } from './manifest.ts';

export interface BackupOptions {
	dataDirectory: string;
	/** Where the one file goes. */
	file: string;
	/** As the superuser, of the server on this data. */
	sql: postgres.Sql;
}

const storagePasses = 20;

/** Writes everything into one file, while people work. */
export async function createBackup({ dataDirectory, file, sql }: BackupOptions): Promise<Manifest> {
	const manifest = await describe(sql);
	const archive = await ArchiveWriter.create(file);
	try {
		await archive.addText(manifestName, JSON.stringify(manifest, null, '\t'));
		await archive.addFile(keysName, join(dataDirectory, keysName));
		const storage = join(dataDirectory, 'storage');
		// Once before the database, for files that are deleted meanwhile, and after it until nothing is
		// new: each row of the copied database finds its file. Files without a row do no harm.
		await archive.addTree('storage', storage);
		await addCluster(archive, sql, join(dataDirectory, 'postgres'));
		for (let pass = 0; pass < storagePasses; pass++)
			if ((await archive.addTree('storage', storage)) === 0) break;
		await archive.finish();
	} catch (error) {
		await archive.abandon();
		throw error;
	}
	return manifest;
}

async function describe(sql: postgres.Sql): Promise<Manifest> {
	const [server] = await sql<{ version: string }[]>`
		select current_setting('server_version') as version`;
	return {
		chatiq_backup: format,
		created_at: new Date().toISOString(),
		postgres: server?.version ?? '',
		platform: `${process.platform}-${process.arch}`,
		migrations: await appliedVersions(sql)
	};
}
