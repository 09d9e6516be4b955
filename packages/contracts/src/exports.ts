import type { Tables } from './database.gen.ts';

export const exportsBucket = 'exports';

export type ExportKind = 'conversations' | 'visitors' | 'organization';
export type ExportFormat = 'csv' | 'json';

/** An entry of `exports.files`. */
export interface ExportFile {
	/** In the bucket `exports`. */
	path: string;
	name: string;
	rows: number;
	bytes: number;
}

/** A row of `exports`. */
export type Export = Omit<Tables<'exports'>, 'kind' | 'format' | 'state' | 'files'> & {
	kind: ExportKind;
	format: ExportFormat;
	state: 'waiting' | 'running' | 'done' | 'expired';
	files: ExportFile[];
};

/** Answer of `next_export_part`: what is written next, and for whom. */
export type ExportPart = Export & {
	section: string;
	language: 'en' | 'uk';
	/** In which the times of a CSV are. */
	time_zone: string;
	site_names: Record<string, string>;
};

/** A row of the section `conversations`. */
export interface ExportedConversation {
	id: string;
	site_id: string;
	status: string;
	created_at: string;
	closed_at: string | null;
	start_page: string | null;
	assignee: string | null;
	visitor: { id: string; name: string | null; email: string | null; external_id: string | null };
	labels: string[];
	rating: { score: number; comment: string | null } | null;
	messages: {
		seq: number;
		at: string;
		author_kind: string;
		author_name: string | null;
		visibility: string;
		body: string;
		redacted: boolean;
		files: string[];
	}[];
}

/** Answer of `export_rows`. */
export interface ExportPage {
	rows: unknown[];
	next: Record<string, string> | null;
}
