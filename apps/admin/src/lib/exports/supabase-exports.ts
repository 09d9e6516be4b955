import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database } from '@chatiq/contracts/database';
import {
	exportsBucket,
	type Export,
	type ExportFormat,
	type ExportKind
} from '@chatiq/contracts/exports';
import { failureOf, Unreachable } from '#lib/inbox/failure.ts';

export interface NewExport {
	id: string;
	kind: ExportKind;
	format: ExportFormat;
	site_id: string | null;
}

export interface ExportApi {
	list(organization: string): Promise<Export[]>;
	start(organization: string, about: NewExport): Promise<void>;
	remove(id: string): Promise<void>;
	/** A link that saves the file, for five minutes. */
	link(path: string, name: string): Promise<string>;
}

const linkSeconds = 300;
const shownRows = 50;

interface Options {
	rest: () => PostgrestClient<Database>;
	/** Of Supabase and of the session, for Storage. */
	url: string;
	headers: () => Promise<Record<string, string>>;
}

export function supabaseExports({ rest, url, headers }: Options): ExportApi {
	return {
		async list(organization) {
			const { data, error, status } = await rest()
				.from('exports')
				.select()
				.eq('organization_id', organization)
				.order('created_at', { ascending: false })
				.limit(shownRows);
			if (error) throw failureOf({ status, error });
			return data as unknown as Export[];
		},
		async start(organization_id, { id: export_id, kind, format, site_id }) {
			const { error, status } = await rest().rpc('start_export', {
				...{ export_id, organization_id, kind, format },
				...(site_id !== null && { site_id })
			});
			if (error) throw failureOf({ status, error });
		},
		async remove(export_id) {
			const { error, status } = await rest().rpc('delete_export', { export_id });
			if (error) throw failureOf({ status, error });
		},
		async link(path, name) {
			const answer = await fetch(`${url}/storage/v1/object/sign/${exportsBucket}/${path}`, {
				method: 'POST',
				headers: { ...(await headers()), 'content-type': 'application/json' },
				body: JSON.stringify({ expiresIn: linkSeconds })
			}).catch((error: unknown) => {
				throw new Unreachable(String(error));
			});
			if (!answer.ok) {
				throw failureOf({ status: answer.status, error: { message: 'no link', details: null } });
			}
			const { signedURL } = (await answer.json()) as { signedURL: string };
			return `${url}/storage/v1${signedURL}&download=${encodeURIComponent(name)}`;
		}
	};
}
