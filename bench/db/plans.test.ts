import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load } from '../scale/load.ts';
import { forms, openDatabase, type Database } from '../scale/place.ts';
import { countStatistics } from '../scale/statistics.ts';
import { findTenants, type Tenant } from './callers.ts';
import { cases } from './cases.ts';
import { PlanReader, type Examined } from './plans.ts';
import { measureSends } from './sends.ts';

/** Tables of a few rows are read whole, rightly so. */
const fewRows = 1000;

let directory: string;
let database: Database;
let sql: postgres.Sql;
let reader: PlanReader;
let tenants: Tenant[];
/** Rows by table. */
let sizes: Map<string, number>;

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), 'chatiq-scale-'));
	// Fails unless the triggers would have made the same rows of a sample.
	await load({ directory, form: forms.small, say: () => undefined });
	database = await openDatabase({ directory, form: forms.small, durable: false });
	sql = postgres(database.url, { max: 1, onnotice: () => undefined });
	reader = new PlanReader(database.url);
	tenants = await findTenants(sql);
	const { statDays: days } = forms.small;
	await countStatistics(database.url, tenants, { days, say: () => undefined });
	const rows = await sql<{ name: string; rows: number }[]>`
		select relname as name, reltuples as rows from pg_class where relkind = 'r'`;
	sizes = new Map(rows.map(({ name, rows }) => [name, rows]));
});
afterAll(async () => {
	await Promise.all([sql.end(), reader.close()]);
	await database.stop();
	await rm(directory, { recursive: true, force: true });
});

const tenant = (name: Tenant['name']): Tenant => {
	const found = tenants.find((one) => one.name === name);
	if (!found) throw new Error(`no ${name} organisation`);
	return found;
};

describe.each(cases)('$name', ({ role, claims, statement, bare, rows, ratio, buffers }) => {
	const examine = (name: Tenant['name']): Promise<Examined> =>
		reader.examine(statement(tenant(name)), role, claims(tenant(name)));

	it('reads no large table from end to end', async () => {
		const { wholeTables } = await examine('large');
		expect(wholeTables.filter((table) => (sizes.get(table) ?? 0) > fewRows)).toEqual([]);
	});

	it.skipIf(rows === Infinity)('reads as much, however large the tenant', async () => {
		for (const { name } of tenants) expect((await examine(name)).rows).toBeLessThanOrEqual(rows);
	});

	it.skipIf(ratio === null)(
		'costs a fixed handful of blocks more under row-level security',
		async () => {
			const middle = tenant('middle');
			const without = await reader.examine((bare ?? statement)(middle), 'postgres', claims(middle));
			// The budget itself is held by `npm run bench -- db`: a block or two more or less are chance in a small database,
			// what must never come back is a cost that grows with the tenant.
			const { buffers: read } = await examine('middle');
			expect(read).toBeLessThanOrEqual(without.buffers + buffers + 5);
		}
	);
});

it('the plan reader sees into functions and finds a table read from end to end', async () => {
	const { wholeTables, rows } = await reader.examine(
		`select count(*) from public.messages where body like '%x%'`,
		'postgres',
		{}
	);
	expect(wholeTables).toEqual(['messages']);
	expect(rows).toBeGreaterThan(fewRows);
});

it('sends go through with many at once', async () => {
	const { sends } = await measureSends(database.url, 8, 2);
	expect(sends).toBeGreaterThan(10);
});
