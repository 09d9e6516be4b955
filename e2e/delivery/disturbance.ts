import type postgres from 'postgres';
import { pause, type FaultyLine } from './faulty-line.ts';
import type { Random } from './random.ts';

interface Options {
	lines: readonly FaultyLine[];
	siteIds: readonly string[];
	sql: postgres.Sql;
	random: Random;
}

/** Trouble that comes by itself, not with a request: sockets that break or go silent, and slow commits. */
export class Disturbance {
	storms = 0;
	slowCommits = 0;

	readonly #options: Options;
	#ended = false;
	#loops: Promise<void>[] = [];

	constructor(options: Options) {
		this.#options = options;
	}

	begin(): void {
		this.#loops = [
			this.#repeat('sockets', 50, 600, (random) => this.#troubleSockets(random)),
			this.#repeat('commits', 100, 500, (random) => this.#slowDown(random))
		];
	}

	async end(): Promise<void> {
		this.#ended = true;
		await Promise.all(this.#loops);
	}

	async #repeat(
		name: string,
		shortestMs: number,
		longestMs: number,
		act: (random: Random) => Promise<void>
	): Promise<void> {
		const random = this.#options.random.branch(name);
		while (!this.#ended) {
			await pause(random.between(shortestMs, longestMs));
			await act(random);
		}
	}

	#troubleSockets(random: Random): Promise<void> {
		const { lines } = this.#options;
		const kind = random.weighted({ cut: 10, freeze: 5, storm: 1 });
		if (kind === 'storm') {
			this.storms++;
			for (const line of lines) line.cut();
		} else random.pick(lines)?.[kind]();
		return Promise.resolve();
	}

	/** Whoever writes into that conversation waits, as behind a slow transaction. */
	async #slowDown(random: Random): Promise<void> {
		const { sql, siteIds } = this.#options;
		const conversations = await sql<{ id: string }[]>`
			select id from public.conversations where site_id = any (${siteIds}) order by id`;
		const conversation = random.pick(conversations);
		if (!conversation) return;
		const seconds = random.between(0.05, 0.6);
		await sql.begin(async (transaction) => {
			await transaction`select from public.conversations where id = ${conversation.id} for update`;
			await transaction`select pg_sleep(${seconds})`;
		});
		this.slowCommits++;
	}
}
