import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type postgres from 'postgres';
import type { ArchiveWriter } from './archive-writer.ts';

/** Folders whose content belongs to the running server alone, as pg_basebackup leaves them out. */
const emptied = new Set([
	'pg_wal',
	'pg_replslot',
	'pg_dynshmem',
	'pg_notify',
	'pg_serial',
	'pg_snapshots',
	'pg_stat_tmp',
	'pg_subtrans'
]);
const leftOut =
	/^(postmaster\.(pid|opts)|backup_label(\.old)?|tablespace_map(\.old)?|pg_internal\.init.*|pgsql_tmp.*|current_logfiles.*)$/;
const controlFile = 'global/pg_control';

/**
 * Copies the cluster while it works: pages as they are, and the write-ahead log from before the first
 * to after the last of them, which makes them one state again when the copy starts.
 */
export async function addCluster(
	archive: ArchiveWriter,
	sql: postgres.Sql,
	directory: string
): Promise<void> {
	// Both last as long as their session; nothing stays behind when this process is killed.
	const session = await sql.reserve();
	try {
		const slot = `chatiq_backup_${randomBytes(6).toString('hex')}`;
		await session`select pg_create_physical_replication_slot(${slot}, true, true)`;
		const [start] = await session<{ segment: string }[]>`
			select pg_walfile_name(lsn) as segment from pg_backup_start('chatiq', true) as lsn`;
		await addFolder(archive, directory, '');
		// Last, as pg_basebackup does.
		await archive.addFile(`postgres/${controlFile}`, join(directory, controlFile));
		const [stop] = await session<{ segment: string; labelfile: string; spcmapfile: string }[]>`
			select pg_walfile_name(lsn) as segment, labelfile, spcmapfile from pg_backup_stop(false)`;
		if (!start || !stop) throw new Error('Postgres did not say where the backup begins and ends');
		await archive.addText('postgres/backup_label', stop.labelfile);
		await addLog(archive, join(directory, 'pg_wal'), start.segment, stop.segment);
		await session`select pg_drop_replication_slot(${slot})`;
	} finally {
		session.release();
	}
}

async function addFolder(archive: ArchiveWriter, directory: string, below: string): Promise<void> {
	await archive.addDirectory(`postgres/${below}`.replace(/\/$/, ''), 0o700);
	if (emptied.has(below)) return;
	for (const entry of await readdir(join(directory, below), { withFileTypes: true })) {
		const inside = below === '' ? entry.name : `${below}/${entry.name}`;
		if (leftOut.test(entry.name) || inside === controlFile) continue;
		if (entry.isDirectory()) await addFolder(archive, directory, inside);
		else if (entry.isFile()) await archive.addFile(`postgres/${inside}`, join(directory, inside));
		else throw new Error(`${inside} is neither file nor folder: tablespaces are not supported`);
	}
}

/** One timeline, so that the names are in the order of the log. */
async function addLog(
	archive: ArchiveWriter,
	directory: string,
	first: string,
	last: string
): Promise<void> {
	const segments = (await readdir(directory)).filter((name) => /^[\dA-F]{24}$/.test(name));
	const needed = segments.filter((name) => name >= first && name <= last).sort();
	if (needed[0] !== first || needed.at(-1) !== last)
		throw new Error(`The write-ahead log from ${first} to ${last} is not there any more`);
	for (const name of needed)
		await archive.addFile(`postgres/pg_wal/${name}`, join(directory, name));
}
