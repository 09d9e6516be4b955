import postgres from 'postgres';
import { become, type Role } from './callers.ts';

interface Node {
	'Node Type': string;
	'Relation Name'?: string;
	Schema?: string;
	'Actual Rows'?: number;
	'Actual Loops'?: number;
	'Rows Removed by Filter'?: number;
	'Rows Removed by Index Recheck'?: number;
	'Shared Hit Blocks'?: number;
	'Shared Read Blocks'?: number;
	'Index Name'?: string;
	Plans?: Node[];
}

export interface Examined {
	/** Rows that scans of tables and bitmaps of indexes looked at, in this statement and in everything it calls. */
	rows: number;
	buffers: number;
	/** Tables that were read from end to end. */
	wholeTables: string[];
	indexes: string[];
}

/** Reads what a statement does inside: the plans of functions too, which EXPLAIN alone hides. */
export class PlanReader {
	readonly #sql: postgres.Sql;
	#plans: Node[] = [];

	/** As the superuser, who may load auto_explain. */
	constructor(url: string) {
		this.#sql = postgres(url, {
			max: 1,
			fetch_types: false,
			onnotice: (notice) => this.#hear(String(notice['message']))
		});
	}

	async examine(statement: string, role: Role, claims: object): Promise<Examined> {
		const rolledBack = new Error('rolled back');
		try {
			await this.#sql.begin(async (transaction) => {
				await transaction.unsafe(`load 'auto_explain'; ${settings}`).simple();
				await become(transaction, role, claims);
				// Fills the caches of the session; PL/pgSQL plans anew five times before it keeps a plan.
				for (let run = 0; run < warmUps; run++) await transaction.unsafe(statement);
				this.#plans = [];
				await transaction.unsafe(statement);
				throw rolledBack;
			});
		} catch (error) {
			if (error !== rolledBack) throw error;
		}
		return summary(this.#plans);
	}

	close(): Promise<void> {
		return this.#sql.end();
	}

	#hear(message: string): void {
		const start = message.indexOf('{');
		if (!message.includes('plan:') || start < 0) return;
		this.#plans.push((JSON.parse(message.slice(start)) as { Plan: Node }).Plan);
	}
}

const warmUps = 6;

const settings = `
	set local auto_explain.log_min_duration = 0;
	set local auto_explain.log_analyze = on;
	set local auto_explain.log_buffers = on;
	set local auto_explain.log_timing = off;
	set local auto_explain.log_nested_statements = on;
	set local auto_explain.log_format = json;
	set local auto_explain.log_level = notice;
	set local client_min_messages = notice;
`;

/** The statement itself is reported last, after those it called, and its buffers hold theirs. */
function summary(plans: readonly Node[]): Examined {
	const scans = plans
		.flatMap((plan) => nodes(plan))
		.filter(
			(node) => node['Relation Name'] !== undefined || node['Node Type'] === 'Bitmap Index Scan'
		);
	const top = plans.at(-1);
	return {
		rows: scans.reduce((sum, node) => sum + rowsOf(node), 0),
		buffers: (top?.['Shared Hit Blocks'] ?? 0) + (top?.['Shared Read Blocks'] ?? 0),
		wholeTables: scans
			.filter((node) => node['Node Type'] === 'Seq Scan')
			.map((node) => node['Relation Name'] ?? ''),
		indexes: [
			...new Set(plans.flatMap((plan) => nodes(plan)).flatMap((node) => node['Index Name'] ?? []))
		]
	};
}

const nodes = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodes)];

function rowsOf(node: Node): number {
	const once =
		(node['Actual Rows'] ?? 0) +
		(node['Rows Removed by Filter'] ?? 0) +
		(node['Rows Removed by Index Recheck'] ?? 0);
	return once * (node['Actual Loops'] ?? 1);
}
