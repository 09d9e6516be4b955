import { sql } from 'kysely';
import pg from 'pg';
import type { ApiConnection } from './connection.ts';

/** Whether the caller may store this object, tried in a transaction that is not kept. */
export async function probeUpload(
	connection: ApiConnection,
	claims: Record<string, unknown>,
	{ bucket, name, upsert }: { bucket: string; name: string; upsert: boolean }
): Promise<'denied' | 'exists' | null> {
	const vars = {
		auth: { role: claims.role, jwt: claims },
		storage: { operation: 'storage.tus.upload.create' }
	};
	const owner = typeof claims.sub === 'string' ? claims.sub : null;
	const conflict = upsert
		? sql`on conflict (bucket_id, name) do update set owner_id = excluded.owner_id`
		: sql``;
	try {
		const store = sql`insert into storage.objects (bucket_id, name, owner_id)
			values (${bucket}, ${name}, ${owner}) ${conflict}`;
		await connection.withContext(vars, (db) => store.execute(db), { forceRollback: true });
		return null;
	} catch (error) {
		if (error instanceof pg.DatabaseError && error.code === '42501') return 'denied';
		if (error instanceof pg.DatabaseError && error.code === '23505') return 'exists';
		throw error;
	}
}
