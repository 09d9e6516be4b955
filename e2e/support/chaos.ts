import { uuidv7 } from '@chatiq/contracts/ids';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Live } from '../../apps/admin/src/lib/inbox/live.ts';
import { topics } from '@chatiq/contracts/topics';
import { type Client, connectSql } from './backend.ts';
import { findVictim, type Victim, victims } from './chaos-processes.ts';
import { Follower } from './follower.ts';
import { newDataDirectory } from './stack.ts';
import { type SupervisedStack, startSupervised } from './supervised.ts';
import { createTenant, type Tenant } from './tenant.ts';

export interface ChaosOptions {
	/** Ends when each victim was killed this often, or when the time is over. */
	rounds?: number;
	minutes?: number;
	say?: (text: string) => void;
}

export interface ChaosReport {
	kills: Record<Victim, number>;
	acknowledged: number;
	/** Acknowledged and not stored. */
	lost: string[];
	/** Texts that are stored more than once. */
	doubled: string[];
	/** Stored, and neither fetched after a join nor told by an event. */
	unseen: string[];
	/** A message after all of it came by itself, not by catching up. */
	deliversLive: boolean;
	/** Longest time until everything was well again after a kill. */
	slowestHealMs: number;
}

/** Each may write 60 messages at once and one a second after that. */
const writers = 6;
const healPatienceMs = 60_000;

/** Kills processes of a stack at random moments while people write, and counts afterwards. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
	const dataDirectory = await newDataDirectory();
	const stack = await startSupervised(dataDirectory);
	try {
		return await new Chaos(stack, options).run();
	} catch (cause) {
		throw new Error(
			`chaos ended early (${String(cause)}); the stack said:\n${stack.output().slice(-4_000)}`,
			{ cause }
		);
	} finally {
		await stack.stop();
		await rm(dataDirectory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
	}
}

class Chaos {
	readonly #stack: SupervisedStack;
	readonly #options: ChaosOptions;
	readonly #acknowledged = new Set<string>();
	readonly #kills = Object.fromEntries(
		victims.map((victim) => [victim, 0])
	) as ChaosReport['kills'];
	readonly #topics = new Map<string, 'joined' | 'lost' | 'left'>();
	#slowestHealMs = 0;
	#over = false;

	constructor(stack: SupervisedStack, options: ChaosOptions) {
		this.#stack = stack;
		this.#options = options;
	}

	async run(): Promise<ChaosReport> {
		const backend = this.#stack.backend();
		const sql = connectSql(backend);
		const tenant = await createTenant(backend, sql, 'Chaos');
		const owner = await tenant.addMember('owner');
		await sql.end();
		const line = new Live(
			() => owner.client.realtime,
			(topic, state) => this.#topics.set(topic, state)
		);
		const threads = await Promise.all(
			Array.from({ length: writers }, () => openThread(tenant, owner.client, line))
		);
		try {
			const writing = threads.map((thread) => this.#write(thread));
			await this.#killAll();
			this.#over = true;
			await Promise.all(writing);
			const live = await Promise.all(threads.map((thread) => this.#deliversLive(thread)));
			return await this.#count(threads, live.every(Boolean));
		} finally {
			this.#over = true;
			for (const { follower } of threads) follower.close();
			await owner.client.realtime.disconnect();
		}
	}

	/** As a client's outbox does: the same id again until the answer says that it is stored. */
	async #write(thread: Thread): Promise<void> {
		while (!this.#over) {
			await this.#send(thread, uuidv7());
			await sleep(100);
		}
	}

	async #send({ client, conversation_id }: Thread, message_id: string): Promise<void> {
		for (;;) {
			const { error } = await client
				.rpc('send_visitor_message', { conversation_id, message_id, body: message_id })
				.abortSignal(AbortSignal.timeout(5_000));
			if (!error) {
				this.#acknowledged.add(message_id);
				return;
			}
			await sleep(error.message === 'rate_limited' ? 500 : 20);
		}
	}

	async #killAll(): Promise<void> {
		const { rounds = Infinity, minutes = Infinity, say } = this.#options;
		const deadline = Date.now() + minutes * 60_000;
		for (let round = 0; round < rounds && Date.now() < deadline; round++)
			for (const victim of shuffle([...victims])) {
				// Any moment, also one where the last kill is not healed yet.
				await sleep(Math.random() * 600);
				await this.#kill(victim);
				if (Math.random() < 0.7) await this.#healed();
				say?.(`${victim} killed; ${this.#acknowledged.size} messages acknowledged`);
			}
		await this.#healed();
	}

	async #kill(victim: Victim): Promise<void> {
		const { dataDirectory, pid: supervisorPid } = this.#stack;
		const found = await poll(`a ${victim} to kill`, () => {
			const pids = findVictim(victim, { dataDirectory, supervisorPid });
			// A function's process is started by its first request, which may be a minute away.
			if (victim === 'deno' && pids.length === 0) void this.#callFunction();
			return pids[Math.floor(Math.random() * pids.length)];
		});
		try {
			process.kill(found, 'SIGKILL');
			this.#kills[victim]++;
		} catch (error) {
			// It ended between the look and the kill.
			if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
			await this.#kill(victim);
		}
	}

	async #callFunction(): Promise<void> {
		try {
			const { url } = this.#stack;
			await fetch(`${url}/functions/v1/health`, { signal: AbortSignal.timeout(5_000) });
		} catch {
			// The stack may be down right now, and is asked again.
		}
	}

	/** All parts say that they are well, and stay so for a moment: right after a kill they still do. */
	async #healed(): Promise<void> {
		const startedAt = performance.now();
		// Not of `backend()`, which reads a file that is away while Postgres is.
		const { url } = this.#stack;
		await poll('all parts to be well', async () => {
			for (let look = 0; look < 2; look++) {
				await sleep(150);
				const answer = await fetch(`${url}/status.json`, {
					signal: AbortSignal.timeout(5_000)
				}).catch(() => null);
				if (answer?.status !== 200) return undefined;
			}
			return true;
		});
		this.#slowestHealMs = Math.max(this.#slowestHealMs, performance.now() - startedAt);
	}

	async #deliversLive(thread: Thread): Promise<boolean> {
		const { follower, conversation_id } = thread;
		const topic = topics.conversation(conversation_id);
		await poll(
			`${topic} to be joined again`,
			() => this.#topics.get(topic) === 'joined' || undefined
		);
		const id = uuidv7();
		await this.#send(thread, id);
		return poll('a live message', () => follower.live.has(id) || undefined);
	}

	async #count(threads: Thread[], deliversLive: boolean): Promise<ChaosReport> {
		const sql = connectSql(this.#stack.backend());
		const rows = await sql<{ id: string; body: string }[]>`
			select id, body from public.messages
			where conversation_id = any (${threads.map((thread) => thread.conversation_id)})`;
		await sql.end();
		// By what each fetched after its joins and by events; nobody fetches again at the end.
		const unseen = () => {
			const seen = new Set(threads.flatMap(({ follower }) => [...follower.seen]));
			return rows.filter(({ id }) => !seen.has(id)).map(({ id }) => id);
		};
		const deadline = Date.now() + 5_000;
		while (unseen().length > 0 && Date.now() < deadline) await sleep(50);
		const times = new Map<string, number>();
		for (const { body } of rows) times.set(body, (times.get(body) ?? 0) + 1);
		return {
			kills: this.#kills,
			acknowledged: this.#acknowledged.size,
			lost: [...this.#acknowledged].filter((id) => !times.has(id)),
			doubled: [...this.#acknowledged].filter((id) => (times.get(id) ?? 0) > 1),
			unseen: unseen(),
			deliversLive,
			slowestHealMs: Math.round(this.#slowestHealMs)
		};
	}
}

/** One visitor in one conversation, and an operator who follows it. */
interface Thread {
	client: Client;
	conversation_id: string;
	follower: Follower;
}

async function openThread(tenant: Tenant, operator: Client, line: Live): Promise<Thread> {
	const { client } = await tenant.addVisitor();
	const conversation_id = uuidv7();
	await client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
	return { client, conversation_id, follower: new Follower(operator, line, conversation_id) };
}

async function poll<Result>(
	what: string,
	look: () => Result | undefined | Promise<Result | undefined>
): Promise<Result> {
	const deadline = Date.now() + healPatienceMs;
	for (;;) {
		const result = await look();
		if (result !== undefined) return result;
		if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
		await sleep(50);
	}
}

function shuffle<Item>(items: Item[]): Item[] {
	return items
		.map((item) => [Math.random(), item] as const)
		.sort(([a], [b]) => a - b)
		.map(([, item]) => item);
}
