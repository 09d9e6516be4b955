import { uuidv7 } from '@chatiq/contracts/ids';
import postgres from 'postgres';

export interface Rates {
	/** Through the API's functions, as operators and visitors, all triggers on: per second. */
	sends: number;
	p95: number;
	/** The same rows by `insert`, as the owner of the table, all triggers on: per second. */
	inserts: number;
}

interface Target {
	conversation: string;
	visitor: string;
	site: string;
	organization: string;
	operator: string;
}

const body = 'Доброго дня! Коли прийде моє замовлення? Обіцяли ще завтра.';

/** Writes for a while with so many connections, by turns through the functions and by plain inserts. */
export async function measureSends(
	url: string,
	connections: number,
	seconds: number
): Promise<Rates> {
	const sql = postgres(url, { max: connections, onnotice: () => undefined, prepare: true });
	try {
		const targets = await findTargets(sql);
		// Tokens are taken as ever, there are just enough of them.
		await sql`update private.default_limits set burst = 1000000, per_minute = 1000000`;
		// Connections of the Data API live long: their plans are made, and what they write to has been read.
		for (const one of [send, insert]) await write(sql, targets, connections, seconds / 4, one);
		const bySend: number[] = [];
		const byInsert: number[] = [];
		// By turns, so that a busy moment of the machine meets both.
		for (let round = 0; round < 4; round++) {
			bySend.push(...(await write(sql, targets, connections, seconds / 4, send)));
			byInsert.push(...(await write(sql, targets, connections, seconds / 8, insert)));
		}
		return {
			sends: bySend.length / seconds,
			inserts: byInsert.length / (seconds / 2),
			p95: bySend.toSorted((a, b) => a - b)[Math.floor(bySend.length * 0.95)] ?? NaN
		};
	} finally {
		await sql.end();
	}
}

/** Open conversations of many organisations, each with somebody who may answer. */
function findTargets(sql: postgres.Sql): Promise<Target[]> {
	return sql<Target[]>`
		select c.id as conversation, c.visitor_id as visitor, c.site_id as site, c.organization_id as organization,
			(select o.id from scale.operators as o where o.organization = s.organization and o.place = 0) as operator
		from public.conversations as c join scale.sites as s on s.id = c.site_id
		where c.status = 'open' order by c.last_message_at desc limit 5000`;
}

type Write = (target: Target, n: number) => string;

async function write(
	sql: postgres.Sql,
	targets: Target[],
	connections: number,
	seconds: number,
	one: Write
): Promise<number[]> {
	const until = performance.now() + seconds * 1000;
	const times: number[] = [];
	const worker = async (offset: number): Promise<void> => {
		for (let n = offset; performance.now() < until; n += connections) {
			const target = targets[(n * 31) % targets.length];
			if (!target) throw new Error('no open conversations');
			const startedAt = performance.now();
			await sql.unsafe(one(target, n)).simple();
			times.push(performance.now() - startedAt);
		}
	};
	await Promise.all(Array.from({ length: connections }, (_, i) => worker(i)));
	return times;
}

/**
 * Every other one is a visitor's. Settings and statement go out together and are one transaction, as the Data API
 * sends them; the client shares the machine, so it must not do more than that.
 */
const send: Write = ({ conversation, visitor, site, organization, operator }, n) =>
	n % 2 === 0
		? asCaller(
				{ role: 'anon', visitor_id: visitor, site_id: site, organization_id: organization },
				`select public.send_visitor_message('${uuidv7()}', '${conversation}', '${body}')`
			)
		: asCaller(
				{ role: 'authenticated', sub: operator },
				`select public.send_operator_message('${uuidv7()}', '${conversation}', '${body}', 1000000)`
			);

const insert: Write = ({ conversation, visitor, operator }, n) => {
	const kind = n % 2 === 0 ? 'visitor' : 'operator';
	const author = kind === 'visitor' ? visitor : operator;
	return asCaller(
		{ role: 'postgres' },
		`insert into public.messages (id, conversation_id, author_kind, author_id, body)
		values ('${uuidv7()}', '${conversation}', '${kind}', '${author}', '${body}')`
	);
};

function asCaller(claims: Record<string, string> & { role: string }, statement: string): string {
	return `select set_config('role', '${claims.role}', true),
		set_config('request.jwt.claims', '${JSON.stringify(claims)}', true); ${statement}`;
}
