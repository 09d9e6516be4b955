import type { HonoContext } from '@supabase/lite';

type StorageService = HonoContext['Variables']['storageService'];
type Bucket = { allowed_mime_types: string[] | null };
type Internals = { repo: { findBucketById(id: string): Promise<Bucket | null> } };

/**
 * A bucket may allow `image/*`, and a content type may carry a charset: lite compares whole texts.
 * So a bucket that allows what is being uploaded is shown to lite as allowing exactly that.
 */
export function acceptMimeWildcards(
	service: StorageService,
	contentType = 'application/octet-stream'
): void {
	const { repo } = service as unknown as Internals;
	const find = repo.findBucketById.bind(repo);
	repo.findBucketById = async (id) => {
		const bucket = await find(id);
		const allowed = bucket?.allowed_mime_types ?? [];
		if (bucket === null || !allowed.some((pattern) => matches(pattern, contentType))) return bucket;
		return { ...bucket, allowed_mime_types: [contentType] };
	};
}

export function allowsMime(allowed: readonly string[] | null, contentType: string): boolean {
	return allowed === null || allowed.length === 0 || allowed.some((p) => matches(p, contentType));
}

function matches(pattern: string, contentType: string): boolean {
	const essence = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
	return pattern.endsWith('/*')
		? essence.startsWith(pattern.slice(0, -1).toLowerCase())
		: essence === pattern.toLowerCase();
}
