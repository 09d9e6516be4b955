import { sql } from 'kysely';
import * as z from 'zod';
import type { Authorization } from './authorization.ts';
import type { ApiConnection } from './connection.ts';
import { storageError } from './storage-error.ts';

const Listing = z.object({
	prefix: z.string().default(''),
	limit: z.int().min(1).max(1000).default(100),
	offset: z.int().min(0).default(0),
	search: z.string().default(''),
	sortBy: z
		.object({
			column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']).default('name'),
			order: z.enum(['asc', 'desc']).default('asc')
		})
		.prefault({})
});

/** One level of a bucket, folders included; lite answers every object below with its whole path. */
export async function listObjects(
	request: Request,
	bucket: string,
	authorization: Authorization,
	connection: ApiConnection
): Promise<Response> {
	const parsed = Listing.safeParse(await request.json().catch(() => null));
	if (!parsed.success) return storageError(400, 'InvalidRequest', z.prettifyError(parsed.error));
	const { limit, offset, search, sortBy } = parsed.data;
	const trimmed = parsed.data.prefix.replace(/^\/+|\/+$/g, '');
	const prefix = trimmed === '' ? '' : `${trimmed}/`;
	const pattern = `${search.replace(/[\\%_]/g, '\\$&')}%`;
	const claims = authorization.claims ?? { role: 'anon' };
	const vars = {
		auth: { role: claims.role, jwt: claims },
		storage: { operation: 'storage.object.list' }
	};
	const { rows } = await connection.withContext(vars, (db) =>
		sql`
			with listed as (
				select substr(name, length(${prefix}::text) + 1) as rest, *
				from storage.objects
				where bucket_id = ${bucket} and starts_with(name, ${prefix})
			), entries as (
				select rest as name, id, updated_at, created_at, last_accessed_at, metadata
				from listed
				where rest <> '' and position('/' in rest) = 0
				union all
				select distinct split_part(rest, '/', 1), null::uuid, null::timestamptz, null::timestamptz,
					null::timestamptz, null::jsonb
				from listed
				where position('/' in rest) > 1
			)
			select * from entries where name ilike ${pattern}
			order by ${sql.ref(sortBy.column)} ${sql.raw(sortBy.order)} nulls first, name
			limit ${limit} offset ${offset}`.execute(db)
	);
	return Response.json(rows);
}
