import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import * as z from 'zod';
import type { ApiConnection } from './connection.ts';

const Entry = z.object({ bucket: z.string(), key: z.string(), content: z.string() });

/**
 * Removes what an upload leaves when the process is killed in the middle: bytes that no entry
 * refers to, entries that never got their row, and rows whose file never came.
 */
export async function sweepStorage(directory: string, connection: ApiConnection): Promise<void> {
	const objects = await sql<{ bucket_id: string; name: string }>`
		select bucket_id, name from storage.objects`.execute(connection.kysely);
	const rows = new Set(
		objects.rows.map(({ bucket_id, name }) => JSON.stringify([bucket_id, name]))
	);
	const kept = new Set<string>();
	const files = await storedFiles(directory);
	for (const file of files.filter(isEntry)) {
		const entry = Entry.parse(JSON.parse(await readFile(path.join(directory, file), 'utf8')));
		const name = JSON.stringify([entry.bucket, entry.key]);
		if (!rows.has(name) || !files.includes(entry.content)) continue;
		kept.add(file);
		kept.add(entry.content);
		rows.delete(name);
	}
	for (const file of files) {
		if (!kept.has(file)) await rm(path.join(directory, file), { force: true });
	}
	for (const row of rows) {
		const [bucket, name] = JSON.parse(row) as [string, string];
		await deleteRow(connection, bucket, name);
	}
}

/** Relative to the directory; unfinished uploads in pieces are kept apart and go on. */
async function storedFiles(directory: string): Promise<string[]> {
	const files: string[] = [];
	for (const folder of await readdir(directory, { withFileTypes: true })) {
		if (!folder.isDirectory() || !/^[0-9a-f]{2}$/.test(folder.name)) continue;
		for (const name of await readdir(path.join(directory, folder.name))) {
			files.push(path.join(folder.name, name));
		}
	}
	return files;
}

/** An entry is named by the hash alone, what belongs to it has something after a dot. */
function isEntry(file: string): boolean {
	return !path.basename(file).includes('.');
}

async function deleteRow(connection: ApiConnection, bucket: string, name: string): Promise<void> {
	await connection.kysely.transaction().execute(async (transaction) => {
		// Newer schemas of Storage refuse deletes that do not come from it.
		await sql`select set_config('storage.allow_delete_query', 'true', true)`.execute(transaction);
		await sql`delete from storage.objects where bucket_id = ${bucket} and name = ${name}`.execute(
			transaction
		);
	});
}
