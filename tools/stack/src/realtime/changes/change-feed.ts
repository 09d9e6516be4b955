import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../../sessions.ts';
import type { Channel } from '../channel.ts';
import { isClosed } from '../channel-life.ts';
import { isConnectionLost } from '../database-errors.ts';
import { withId } from '../join-config.ts';
import type { Log } from '../options.ts';
import type { RowChange } from '../pgoutput.ts';
import { StreamState } from '../stream-state.ts';
import type { Transactions } from '../transactions.ts';
import { WalFollower } from '../wal.ts';
import { parseQuery } from './query.ts';
import { SubscriptionRefused } from './refused.ts';
import {
	changesPublication,
	deleteSubscriptions,
	publishedTables,
	storeSubscriptions
} from './subscriptions.ts';
import { whoMaySee } from './visible-changes.ts';
import type { VisibleChange } from './visible-changes.ts';

/** What one channel is told of one change: `data` is JSON. */
export type DeliverChange = (channel: Channel, bindingIds: number[], data: string) => void;

export interface ChangeFeedOptions {
	databaseUrl: string;
	sql: Sql;
	transactions: Transactions;
	log: Log;
	publicationCheckMs: number;
	queuedChanges: number;
	deliver: DeliverChange;
	/** The tables of the publication are others now: subscriptions are to be renewed. */
	onPublicationChange(channels: Channel[]): void;
}

interface Subscriber {
	/** One per binding. */
	ids: string[];
	tables: Set<number>;
}

const batchSize = 25;
const streamTimeoutMs = 10_000;
const retryMs = 50;

/**
 * The committed row changes of the published tables, for the channels that subscribed to them. A
 * second stream, so that broadcasts never wait for it; it begins with the first subscription.
 */
export class ChangeFeed {
	readonly #options: ChangeFeedOptions;
	readonly #wal: WalFollower;
	readonly #stream: StreamState;
	readonly #subscribers = new Map<Channel, Subscriber>();
	readonly #bindings = new Map<string, { channel: Channel; bindingId: number }>();
	/** The tables of all subscribers; null when they are to be looked up again. */
	#watched: Set<number> | null = null;
	readonly #queue: RowChange[] = [];
	#working: Promise<void> | null = null;
	#started: Promise<void> | null = null;
	#stopped = false;
	#published: string | undefined;
	#timer: NodeJS.Timeout | undefined;

	constructor(options: ChangeFeedOptions) {
		this.#options = options;
		this.#stream = new StreamState(options.log);
		this.#wal = new WalFollower({
			url: options.databaseUrl,
			publication: changesPublication,
			slotPrefix: 'supabase_realtime_replication_slot',
			log: options.log,
			onChange: (change) => this.#enqueue(change),
			onUp: () => this.#stream.rise(),
			onDown: (cause) => this.#stream.fall(cause)
		});
	}

	/** One attempt. A second call replaces the claims and the tables of the first. */
	async subscribe(channel: Channel): Promise<void> {
		const { bindings } = channel.config;
		const queries = bindings.map(parseQuery);
		await this.#run();
		if (isClosed(channel)) return;
		const subscriber = this.#subscribers.get(channel) ?? {
			ids: bindings.map(() => randomUUID()),
			tables: new Set<number>()
		};
		const { ids } = subscriber;
		const subscriptions = queries.map((query, index) => ({ id: ids[index] ?? '', query }));
		// Before they are stored, because a change may meet them at once.
		for (const [index, id] of ids.entries()) {
			const bindingId = withId(bindings[index] ?? {}).id;
			this.#bindings.set(id, { channel, bindingId });
		}
		this.#subscribers.set(channel, subscriber);
		try {
			subscriber.tables = await storeSubscriptions(
				this.#options.transactions,
				subscriptions,
				channel.claims
			);
		} catch (error) {
			// A subscription that only could not be renewed goes on as it was.
			if (error instanceof SubscriptionRefused || subscriber.tables.size === 0) this.drop(channel);
			throw error;
		} finally {
			// It left meanwhile, and its rows may have been stored after they were deleted.
			if (isClosed(channel)) await this.#forget(ids);
		}
		this.#watched = null;
	}

	drop(channel: Channel): void {
		const subscriber = this.#subscribers.get(channel);
		if (!subscriber) return;
		this.#subscribers.delete(channel);
		this.#watched = null;
		for (const id of subscriber.ids) this.#bindings.delete(id);
		void this.#forget(subscriber.ids);
	}

	async stop(): Promise<void> {
		this.#stopped = true;
		clearInterval(this.#timer);
		this.#stream.end();
		if (this.#started) await this.#wal.stop();
		await this.#working;
	}

	async #run(): Promise<void> {
		this.#started ??= this.#start();
		try {
			await this.#started;
		} catch (error) {
			this.#started = null;
			throw error;
		}
		if (await this.#stream.ready(streamTimeoutMs)) return;
		const cause = this.#stream.lostBecause;
		throw Object.assign(new Error('the stream of changes did not start'), {
			code: 'CONNECT_TIMEOUT',
			cause
		});
	}

	/** Rows of an earlier server are nobody's. */
	async #start(): Promise<void> {
		await this.#options.sql`delete from realtime.subscription`;
		this.#published = await publishedTables(this.#options.sql);
		this.#wal.start();
		this.#timer = setInterval(
			() => void this.#checkPublication(),
			this.#options.publicationCheckMs
		);
	}

	/** Rows that stay because the database is away do no harm: nobody is behind them. */
	async #forget(ids: string[]): Promise<void> {
		try {
			await deleteSubscriptions(this.#options.transactions, ids);
		} catch (error) {
			const message = String(error);
			this.#options.log({ level: 'warning', code: 'SubscriptionDeletionFailed', message });
		}
	}

	async #checkPublication(): Promise<void> {
		if (this.#subscribers.size === 0 || !this.#stream.up) return;
		try {
			const published = await publishedTables(this.#options.sql);
			if (published === this.#published) return;
			this.#published = published;
			this.#options.onPublicationChange([...this.#subscribers.keys()]);
		} catch (error) {
			const message = String(error);
			this.#options.log({ level: 'warning', code: 'PublicationCheckFailed', message });
		}
	}

	#enqueue(change: RowChange): void {
		if (!this.#isWatched(change.relation.oid)) return;
		if (this.#queue.push(change) === this.#options.queuedChanges) this.#wal.pause();
		this.#working ??= this.#work().finally(() => {
			this.#working = null;
		});
	}

	#isWatched(table: number): boolean {
		this.#watched ??= new Set([...this.#subscribers.values()].flatMap(({ tables }) => [...tables]));
		return this.#watched.has(table);
	}

	/** One batch after the other, so that changes keep their order. */
	async #work(): Promise<void> {
		while (this.#queue.length > 0 && !this.#stopped) {
			const batch = this.#queue.slice(0, batchSize);
			const visible = await this.#ask(batch);
			if (visible === null) {
				await delay(retryMs);
				continue;
			}
			this.#queue.splice(0, batch.length);
			if (this.#queue.length < this.#options.queuedChanges / 2) this.#wal.resume();
			for (const change of visible) this.#deliver(change);
		}
	}

	/** Who may see what of these changes; null when the database cannot tell now. */
	async #ask(changes: RowChange[]): Promise<VisibleChange[] | null> {
		try {
			return await whoMaySee(this.#options.sql, changes);
		} catch (error) {
			if (isConnectionLost(error)) return null;
			if (changes.length > 1) return this.#askOneByOne(changes);
			const { schema, table } = changes[0]?.relation ?? {};
			const message = `${schema ?? ''}.${table ?? ''}: ${String(error)}`;
			this.#options.log({ level: 'error', code: 'UnableToApplyRls', message });
			return [];
		}
	}

	/** A change that cannot be asked about, its table being gone for example, spoils no other. */
	async #askOneByOne(changes: RowChange[]): Promise<VisibleChange[] | null> {
		const visible: VisibleChange[] = [];
		for (const change of changes) {
			const answer = await this.#ask([change]);
			if (answer === null) return null;
			visible.push(...answer);
		}
		return visible;
	}

	#deliver({ ids, data }: VisibleChange): void {
		const receivers = new Map<Channel, number[]>();
		for (const id of ids) {
			const binding = this.#bindings.get(id);
			if (!binding) continue;
			const bindingIds = receivers.get(binding.channel) ?? [];
			receivers.set(binding.channel, bindingIds);
			if (!bindingIds.includes(binding.bindingId)) bindingIds.push(binding.bindingId);
		}
		for (const [channel, bindingIds] of receivers) this.#options.deliver(channel, bindingIds, data);
	}
}
