import { uuidv7 } from '@chatiq/contracts/ids';
import postgres from 'postgres';
import { Line } from './line.ts';
import { ProcessorTime } from './processor-time.ts';

export interface Rates {
	/** Through the API's functions, as operators and visitors, all triggers on: per second. */
	sends: number;
	p95: number;
	/** Processor time of one, in ms: the server's, and the generator's own. NaN where nobody tells. */
	server: number;
	client: number;
	/** The same rows by `insert`, as the owner of the table, all triggers on: per second. */
	inserts: number;
	/** Processor time of the server for one of them, in ms. */
	insertServer: number;
	/** A send after which the other side's turn has come: each begins or ends a wait, of which the team is notified. */
	turns: number;
	turnServer: number;
}

interface Target {
	conversation: string;
	visitor: string;
	site: string;
	organization: string;
	operator: string;
}

const body = 'Доброго дня! Коли прийде моє замовлення? Обіцяли ще завтра.';

/** As the Data API: prepared once for a connection, who is asking and the call in one transaction. */
const statements = {
	caller: `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)`,
	visitor: `select public.send_visitor_message($1, $2, $3)`,
	operator: `select public.send_operator_message($1, $2, $3, 1000000)`,
	insert: `insert into public.messages (id, conversation_id, author_kind, author_id, body) values ($1, $2, $3, $4, $5)`
};

/** Writes for a while with so many connections, by turns through the functions and by plain inserts. */
export async function measureSends(
	url: string,
	connections: number,
	seconds: number
): Promise<Rates> {
	const sql = postgres(url, { max: 1, onnotice: () => undefined });
	const lines = await Promise.all(
		Array.from({ length: connections }, () => Line.open(url, statements))
	);
	try {
		const targets = await findTargets(sql);
		// Tokens are taken as ever, there are just enough of them.
		await sql`update private.default_limits set burst = 1000000, per_minute = 1000000`;
		const processor = await ProcessorTime.of(sql);
		// Each in conversations of its own: what one has answered would begin a wait, and a notification, for the next.
		const load = (third: number) => ({ lines, processor, targets: thirdOf(targets, third) });
		const [sends, inserts, turns] = [load(0), load(1), load(2)];
		// Connections of the Data API live long: their plans are made, and what they write to has been read.
		await write(sends, seconds / 2, send);
		await write(inserts, seconds / 2, insert);
		const rounds = [];
		// By turns, so that a busy moment of the machine meets all of them.
		for (let round = 0; round < 4; round++) {
			rounds.push({
				sends: await write(sends, seconds / 4, send),
				inserts: await write(inserts, seconds / 8, insert),
				turns: await write(turns, seconds / 8, turn)
			});
		}
		return summary(rounds, seconds);
	} finally {
		await Promise.all([sql.end(), ...lines.map((line) => line.close())]);
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

/** Every third, an even number of them: so each is written to by one kind of author again and again. */
function thirdOf(targets: readonly Target[], third: number): Target[] {
	const all = targets.filter((_, place) => place % 3 === third);
	return all.slice(0, all.length - (all.length % 2));
}

interface Load {
	lines: readonly Line[];
	targets: readonly Target[];
	processor: ProcessorTime;
}

interface Written {
	times: number[];
	server: number;
	client: number;
}

/** The statements of the nth write, in one of the conversations. */
type Write = (n: number, pick: (n: number) => Target) => Parameters<Line['transact']>[0];

async function write(
	{ lines, targets, processor }: Load,
	seconds: number,
	one: Write
): Promise<Written> {
	const until = performance.now() + seconds * 1000;
	const times: number[] = [];
	const pick = (n: number): Target => {
		const target = targets[(n * 31) % targets.length];
		if (!target) throw new Error('no open conversations');
		return target;
	};
	const before = processor.read();
	const worker = async (line: Line, offset: number): Promise<void> => {
		for (let n = offset; performance.now() < until; n += lines.length) {
			const startedAt = performance.now();
			await line.transact(one(n, pick));
			times.push(performance.now() - startedAt);
		}
	};
	await Promise.all(lines.map(worker));
	const after = processor.read();
	return {
		times,
		server: before && after ? after.server - before.server : NaN,
		client: before && after ? after.client - before.client : NaN
	};
}

type Round = Record<'sends' | 'inserts' | 'turns', Written>;

function summary(rounds: readonly Round[], seconds: number): Rates {
	const bySend = rounds.flatMap(({ sends }) => sends.times);
	const sum = (of: (round: Round) => number): number =>
		rounds.reduce((total, round) => total + of(round), 0);
	const serverTime = (kind: keyof Round): number =>
		sum((round) => round[kind].server) / sum((round) => round[kind].times.length);
	return {
		sends: bySend.length / seconds,
		p95: bySend.toSorted((a, b) => a - b)[Math.floor(bySend.length * 0.95)] ?? NaN,
		server: serverTime('sends'),
		client: sum(({ sends }) => sends.client) / bySend.length,
		inserts: sum(({ inserts }) => inserts.times.length) / (seconds / 2),
		insertServer: serverTime('inserts'),
		turns: sum(({ turns }) => turns.times.length) / (seconds / 2),
		turnServer: serverTime('turns')
	};
}

/** Every other one is a visitor's. */
const send: Write = (n, pick) => (n % 2 === 0 ? byVisitor(pick(n)) : byOperator(pick(n)));

/** What one visitor wrote is answered some sends later, so that no two wait for the same conversation. */
const turn: Write = (n, pick) =>
	n % 2 === 0 ? byVisitor(pick(n / 2)) : byOperator(pick(Math.max(0, (n - 1) / 2 - 64)));

const byVisitor = ({ conversation, visitor, site, organization }: Target) =>
	[
		caller({ role: 'anon', visitor_id: visitor, site_id: site, organization_id: organization }),
		['visitor', uuidv7(), conversation, body]
	] as const;

const byOperator = ({ conversation, operator }: Target) =>
	[
		caller({ role: 'authenticated', sub: operator }),
		['operator', uuidv7(), conversation, body]
	] as const;

const insert: Write = (n, pick) => {
	const { conversation, visitor, operator } = pick(n);
	const kind = n % 2 === 0 ? 'visitor' : 'operator';
	const author = kind === 'visitor' ? visitor : operator;
	return [caller({ role: 'postgres' }), ['insert', uuidv7(), conversation, kind, author, body]];
};

const caller = (claims: Record<string, string> & { role: string }) =>
	['caller', claims.role, JSON.stringify(claims)] as const;
