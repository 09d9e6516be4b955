import { z } from 'zod';

/** Rises when an older restore could not read what a newer backup writes. */
export const format = 1;

export const Manifest = z.object({
	chatiq_backup: z.number().int(),
	created_at: z.string(),
	/** Of the server whose files these are: another major version cannot read them. */
	postgres: z.string(),
	platform: z.string(),
	/** Versions that were applied, oldest first. */
	migrations: z.array(z.string())
});
export type Manifest = z.infer<typeof Manifest>;

/** Name in the archive → SHA-256 of its bytes. Last in the archive: without it the file is cut off. */
export const Checksums = z.record(z.string(), z.string());

export const manifestName = 'manifest.json';
export const checksumsName = 'checksums.json';
export const keysName = 'keys.json';
