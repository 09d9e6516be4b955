import { sql } from 'kysely';
import * as z from 'zod';
import type { Authorization } from './authorization.ts';
import type { ApiConnection } from './connection.ts';
import { storageError } from './storage-error.ts';

const Listing = z.object({
	prefix: z.string().default(''),
	limit: z.int().min(1).default(1000),
	cursor: z.string().optional(),
	with_delimiter: z.boolean().default(false),
	sortBy: z
		.object({
			column: z.enum(['name', 'updated_at', 'created_at']).default('name'),
			order: z.enum(['asc', 'desc']).default('asc')
		})
		.prefault({})
});

/** The last entry of the page before: its name, and what it was sorted by. */
const Cursor = z.object({ name: z.string(), value: z.string() });

type Entry = { name: string; id: string | null; sorted: string };

/** A bucket page by page; with a delimiter one level of it, folders apart from objects. */
export async function listObjectsV2(
	request: Request,
	bucket: string,
	authorization: Authorization,
	connection: ApiConnection
): Promise<Response> {
	const parsed = Listing.safeParse(await request.json().catch(() => null));
	if (!parsed.success) return storageError(400, 'InvalidRequest', z.prettifyError(parsed.error));
	const { prefix, limit, with_delimiter: grouped, sortBy, cursor } = parsed.data;
	const after = cursor === undefined ? null : readCursor(cursor);
	if (after === undefined) return storageError(400, 'InvalidRequest', 'The cursor is invalid');
	const claims = authorization.claims ?? { role: 'anon' };
	const vars = {
		auth: { role: claims.role, jwt: claims },
		storage: { operation: 'storage.object.list_v2' }
	};
	const { rows } = await connection.withContext(vars, (db) =>
		entriesSql(bucket, prefix, { grouped, limit: Math.min(limit, 1000), sortBy, after }).execute(db)
	);
	return Response.json(pageOf(rows, Math.min(limit, 1000)));
}

function pageOf(rows: Entry[], limit: number): object {
	const shown = rows.slice(0, limit);
	const last = shown.at(-1);
	const more = rows.length > limit && last !== undefined;
	return {
		hasNext: more,
		...(more && { nextCursor: writeCursor({ name: last.name, value: last.sorted }) }),
		folders: shown
			.filter(({ id }) => id === null)
			.map(({ name }) => ({ name, key: name.replace(/\/$/, '') })),
		objects: shown
			.filter(({ id }) => id !== null)
			.map((object) => ({ ...object, sorted: undefined, key: object.name }))
	};
}

type Page = {
	grouped: boolean;
	limit: number;
	sortBy: z.infer<typeof Listing>['sortBy'];
	after: z.infer<typeof Cursor> | null;
};

function entriesSql(bucket: string, prefix: string, { grouped, limit, sortBy, after }: Page) {
	const order = sql.raw(sortBy.order);
	const sorted =
		sortBy.column === 'name' ? sql`name` : sql`coalesce(${sql.ref(sortBy.column)}::text, '')`;
	const later = sql.raw(sortBy.order === 'asc' ? '>' : '<');
	const next =
		after === null
			? sql`true`
			: sql`(sorted, name) ${later} (${after.value}::text, ${after.name}::text)`;
	return sql<Entry>`
		with listed as (
			select *, position('/' in substr(name, length(${prefix}::text) + 1)) as slash
			from storage.objects
			where bucket_id = ${bucket} and starts_with(name, ${prefix})
		), entries as (
			select name, id, updated_at, created_at, last_accessed_at, metadata
			from listed where not ${grouped} or slash = 0
			union all
			select distinct substr(name, 1, length(${prefix}::text) + slash), null::uuid, null::timestamptz,
				null::timestamptz, null::timestamptz, null::jsonb
			from listed where ${grouped} and slash > 0
		), ordered as (select *, ${sorted} collate "C" as sorted from entries)
		select * from ordered where ${next}
		order by sorted ${order}, name collate "C" ${order}
		limit ${limit + 1}`;
}

function writeCursor(cursor: z.infer<typeof Cursor>): string {
	return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function readCursor(text: string): z.infer<typeof Cursor> | undefined {
	try {
		return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
	} catch {
		return undefined; // it is not one of ours
	}
}
