/**
 * The database under load: `npm run bench -- db [--small] [--data DIR] [--strict]`, after `npm run seed:scale`.
 * Each query runs as its caller, next to the same without row-level security.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { findTenants, type Tenant } from './db/callers.ts';
import { cases } from './db/cases.ts';
import { PlanReader } from './db/plans.ts';
import { measureSends } from './db/sends.ts';
import { time } from './db/timing.ts';
import { Report } from './report.ts';
import { directoryOf, forms, openDatabase } from './scale/place.ts';
import { countStatistics } from './scale/statistics.ts';

const { values } = parseArgs({
	options: {
		small: { type: 'boolean', default: false },
		strict: { type: 'boolean', default: false },
		data: { type: 'string' }
	}
});
const name = values.small ? 'small' : 'full';
const directory = values.data ?? directoryOf(name);
if (existsSync(directory)) await run();
else {
	console.error(
		`There is no data in ${directory}: npm run seed:scale${values.small ? ' -- --small' : ''}`
	);
	process.exitCode = 1;
}

async function run(): Promise<void> {
	const database = await openDatabase({ directory, form: forms[name], durable: true });
	const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
	const reader = new PlanReader(database.url);
	try {
		const report = new Report();
		const tenants = await findTenants(sql);
		const say = (line: string) => console.log(line);
		await countStatistics(database.url, tenants, { days: forms[name].statDays, say });
		await measureQueries({ sql, reader, tenants }, report);
		await measureWrites(database.url, report);
		report.finish();
	} finally {
		await Promise.all([sql.end(), reader.close()]);
		await database.stop();
	}
}

interface Place {
	sql: postgres.Sql;
	reader: PlanReader;
	tenants: readonly Tenant[];
}

async function measureQueries({ sql, reader, tenants }: Place, report: Report): Promise<void> {
	for (const tenant of tenants) {
		console.log(`\n${tenant.name} organisation, ${tenant.messages.toLocaleString('en')} messages`);
		for (const one of cases) {
			const [statement, claims] = [one.statement(tenant), one.claims(tenant)];
			const bareStatement = one.bare?.(tenant) ?? statement;
			const { withPolicies, without } = await time(
				sql,
				[statement, bareStatement],
				one.role,
				claims
			);
			const { rows, buffers } = await reader.examine(statement, one.role, claims);
			const bare = await reader.examine(bareStatement, 'postgres', claims);
			const limit = tenant.name === 'large' && one.unlessLarge ? undefined : one.ms;
			report.add(one.name, withPolicies, 'ms', limit === undefined ? undefined : { atMost: limit });
			if (one.ratio !== null) {
				report.add('  to the same without policies', withPolicies / without, '×', {
					atMost: one.ratio
				});
				report.add('  buffers more than without', buffers - bare.buffers, '', {
					atMost: one.buffers
				});
			}
			report.add('  rows read', rows, '', { atMost: one.rows });
		}
	}
}

async function measureWrites(url: string, report: Report): Promise<void> {
	console.log('\nall triggers on');
	for (const connections of [1, 8, 16]) {
		const rates = await measureSends(url, connections, 8);
		report.add(
			`sends, ${connections} connections`,
			rates.sends,
			'/s',
			connections === 1 ? undefined : { atLeast: 1000 }
		);
		report.add('  p95', rates.p95, 'ms');
		report.add('  processor time of one, the server', rates.server, 'ms');
		report.add('  processor time of one, this bench', rates.client, 'ms');
		report.add('  to plain inserts', rates.sends / rates.inserts, '×', { atLeast: 0.8 });
		report.add('  the same by processor time', rates.insertServer / rates.server, '×');
		report.add('  processor time of one by turns', rates.turnServer, 'ms');
		report.add('  by turns, each of which notifies', rates.turns, '/s');
	}
}
