import { AppError } from '@chatiq/contracts/errors';
import { refusal, type ServiceClient } from '../_shared/database.ts';

const batch = 100;
const maxBatches = 50;

/**
 * Takes away the stored files whose rows are gone. A file stays in the queue until storage said that it is gone,
 * so a run that dies half-way, or two runs at once, do no harm.
 */
export async function removeFiles(client: ServiceClient): Promise<{ removed: number }> {
	let removed = 0;
	for (let round = 0; round < maxBatches; round++) {
		const { data: due, error } = await client.rpc('files_to_remove', { max_rows: batch });
		if (error) throw refusal(error);
		for (const [bucket, paths] of byBucket(due)) {
			await remove(bucket, paths, client);
			removed += paths.length;
		}
		if (due.length < batch) break;
	}
	return { removed };
}

function byBucket(files: { bucket_id: string; path: string }[]): Map<string, string[]> {
	const buckets = new Map<string, string[]>();
	for (const { bucket_id, path } of files) {
		buckets.set(bucket_id, [...(buckets.get(bucket_id) ?? []), path]);
	}
	return buckets;
}

async function remove(bucket: string, paths: string[], client: ServiceClient): Promise<void> {
	const { error: failure } = await client.storage.from(bucket).remove(paths);
	if (failure) throw new AppError('internal', 'Files could not be removed.', { cause: failure });
	const { error } = await client.rpc('files_removed', { bucket_id: bucket, paths });
	if (error) throw refusal(error);
}
