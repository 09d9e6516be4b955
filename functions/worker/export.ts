import {
	exportsBucket,
	type ExportFile,
	type ExportPage,
	type ExportPart
} from '@chatiq/contracts/exports';
import * as z from 'zod/mini';
import { refusal, type ServiceClient } from '../_shared/database.ts';
import { exportFile } from './export-files.ts';
import { JobPaused } from './job-failure.ts';
import { kind } from './kind.ts';

/** A file is about this long: it is made in memory, and what a worker that dies has to do again. */
const fileCharacters = 8 * 1024 * 1024;

/**
 * Writes an export file by file. After each, the database knows how far it is: whoever comes next goes on there and
 * writes the same name again. When somebody is erased meanwhile, the database says so and it begins anew.
 */
export const exportKind = kind(
	z.object({ export_id: z.uuid() }),
	async ({ export_id }, { client, signal }) => {
		for (;;) {
			const { data, error } = await client.rpc('next_export_part', { export_id });
			if (error) throw refusal(error);
			if (!data) return;
			await writePart(data as unknown as ExportPart, client, signal);
		}
	}
);

async function writePart(
	about: ExportPart,
	client: ServiceClient,
	signal: AbortSignal
): Promise<void> {
	const { rows, next } = await collect(about, client, signal);
	const { id, organization_id, section, round, format, files } = about;
	const number = files.filter(({ name }) => name.startsWith(section)).length + 1;
	const text = exportFile(about, rows);
	const name = `${section}-${number}.${format}`;
	const path = `${organization_id}/${id}/${round}/${name}`;
	const bytes = new TextEncoder().encode(text);
	const stored = await client.storage.from(exportsBucket).upload(path, bytes, {
		contentType: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
		upsert: true
	});
	if (stored.error) throw stored.error;
	const file: ExportFile = { path, name, rows: rows.length, bytes: bytes.length };
	const { data: recorded, error } = await client.rpc('record_export_part', {
		export_id: id,
		round,
		position: next,
		file: { ...file }
	});
	if (error) throw refusal(error);
	// Nobody knows of this file: it may hold somebody who was erased while it was written.
	if (!recorded) await forget(id, path, client);
}

async function collect(
	{ id, section, position }: ExportPart,
	client: ServiceClient,
	signal: AbortSignal
): Promise<ExportPage> {
	const rows: unknown[] = [];
	let next = position as ExportPage['next'];
	for (let characters = 0; characters < fileCharacters;) {
		if (signal.aborted) throw new JobPaused();
		const { data, error } = await client.rpc('export_rows', {
			...{ export_id: id, section },
			...(next && { position: next })
		});
		if (error) throw refusal(error);
		const page = data as unknown as ExportPage;
		rows.push(...page.rows);
		characters += JSON.stringify(page.rows).length;
		next = page.next;
		if (next === null) break;
	}
	return { rows, next };
}

/** Another worker may have recorded this very file; then it stays. */
async function forget(export_id: string, path: string, client: ServiceClient): Promise<void> {
	const { data, error } = await client.from('exports').select('files').eq('id', export_id);
	if (error) throw refusal(error);
	const files = (data[0]?.files ?? []) as unknown as ExportFile[];
	if (files.some((file) => file.path === path)) return;
	const removal = await client.storage.from(exportsBucket).remove([path]);
	if (removal.error) throw removal.error;
}
