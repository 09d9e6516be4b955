import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { unreadCount } from '../../apps/admin/src/lib/inbox/inbox-rows.svelte.ts';
import { unsentKey } from '../../apps/widget/src/core/storage-keys.ts';
import { faults, pause } from './faulty-line.ts';
import { asTyped, type Typed } from './ledger.ts';
import { planFor } from './plan.ts';
import { Random } from './random.ts';
import {
	outOfOrder,
	storedMessages,
	unreadOf,
	unreadOfVisitors,
	type StoredMessage
} from './stored.ts';
import { World } from './world.ts';

const sends = Number(process.env['CHATIQ_SENDS'] ?? 1000);
const seed = process.env['CHATIQ_SEED'] ?? String(Math.floor(Math.random() * 1e9));

/** Realtime passes on 100 database events a second, and one text makes a handful. */
const belowRateMs = 250;

/** A long run has more to look at, and more to decide after the storm. */
const longer = Math.max(0, sends - 1000);
vi.setConfig({ testTimeout: 60_000 + longer * 30 });

let world: World;
let stored: Map<string, StoredMessage[]>;

const until = (check: () => void | Promise<void>, timeout = 30_000 + longer * 10) =>
	vi.waitFor(check, { timeout, interval: 50 });

describe(`${sends} texts through a bad network (CHATIQ_SEED=${seed})`, () => {
	beforeAll(
		async () => {
			console.log(`CHATIQ_SEED=${seed}`);
			keepQuietAboutTopics();
			world = new World(inject('backend'), planFor(sends), new Random(seed));
			await world.open();
			const startedAt = performance.now();
			await world.storm();
			const stormEndedAt = performance.now();
			await world.calm();
			await until(nothingWaits, 30_000 + longer * 20);
			stored = await storedMessages(world.sql, world.siteIds);
			report(stormEndedAt - startedAt, performance.now() - stormEndedAt);
		},
		120_000 + sends * 180
	);

	afterAll(() => world.close());

	it('went wrong in every way it can', () => {
		const seen = tally(world.lines.map((line) => line.seen));
		for (const fault of [...faults, 'cut', 'frozen']) expect(seen).toHaveProperty(fault);
		expect(world.disturbance.slowCommits).toBeGreaterThan(0);
		expect(tally(world.lines.map((line) => line.statuses))).toHaveProperty('429');
	});

	it('stored every text exactly once, in the right conversation', () => {
		const texts = (from: Iterable<Pick<Typed, 'visitor' | 'body' | 'visibility'>>) =>
			[...from].map((one) => `${one.visitor} ${one.visibility} ${one.body}`).sort();
		const kept = [...stored.values()].flat().filter(({ redacted }) => !redacted);
		expect(texts(kept.map((one) => ({ ...one, body: asTyped(one.body) })))).toEqual(
			texts(world.ledger.expected)
		);
		expect(stored.size).toBe(world.visitors.length);
	});

	it('numbered every conversation without holes, in the order of commits', async () => {
		for (const messages of stored.values()) {
			expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i + 1));
		}
		expect(await outOfOrder(world.sql, world.siteIds)).toBe(0);
	});

	it('kept the order in which each author wrote', () => {
		const by = (one: Typed) => `${one.author} ${one.visitor}`;
		const typed = Map.groupBy(world.ledger.expected, by);
		for (const messages of stored.values()) {
			const { visitor } = messages[0] ?? {};
			for (const author of [...world.visitors, ...world.operators]) {
				const written = typed.get(`${author.name} ${visitor}`) ?? [];
				const mine = new Set(written.map(({ body }) => body));
				const kept = bodies(messages)
					.map(asTyped)
					.filter((body) => mine.has(body));
				expect(kept).toEqual(bodies(written));
			}
		}
	});

	// Realtime drops events above a rate and says nothing; who looks at the page again has them all.
	it('shows every visitor the same, without notes', () =>
		until(async () => {
			world.visitors.forEach((visitor) => visitor.wake());
			await everyVisitorSeesAll();
		}));

	it('counts for each operator what is unread', async () => {
		for (const { page, id } of world.operators) {
			await until(async () => {
				const truth = await unreadOf(world.sql, world.siteIds, id);
				// The list of open conversations has not loaded what was closed before the page was opened.
				const known = truth.filter((one) => one.status === 'open' || page.inbox.row(one.id));
				expect(known.length).toBeGreaterThan(0);
				const shown = known.map((one) => {
					const row = page.inbox.row(one.id);
					return { ...one, status: row?.status, unread: row && unreadCount(row) };
				});
				expect(shown).toEqual([...known]);
			});
		}
	});

	it('counts for each visitor what is unread', () =>
		until(async () => {
			const truth = await unreadOfVisitors(world.sql, world.siteIds);
			const tabs = world.visitors.flatMap(({ name, tabs }) => tabs.map((tab) => ({ name, tab })));
			for (const { name, tab } of tabs) {
				expect([name, tab.chat.view.unread]).toEqual([name, truth[name]]);
			}
		}));

	it('is live again: the last words reach everybody without a wake', async () => {
		const [operator] = world.operators;
		// One after another: Realtime drops events above a rate, and who hears nothing more has nothing to go by.
		for (const visitor of world.visitors) {
			await visitor.write();
			await until(nothingWaits);
			await pause(belowRateMs);
		}
		for (const row of operator?.page.inbox.conversations ?? []) {
			operator?.write(row);
			await until(nothingWaits);
			await pause(belowRateMs);
		}
		stored = await storedMessages(world.sql, world.siteIds);
		await until(everyVisitorSeesAll);
		for (const { page } of world.operators) {
			await until(() => {
				for (const [id, messages] of stored) {
					expect(page.inbox.row(id)?.last_seq).toBe(messages.length);
				}
			});
		}
	});

	it('shows every operator the same, with notes', async () => {
		for (const { page } of world.operators) {
			for (const [id, messages] of stored) {
				const conversation = page.view(id);
				await until(() => expect(conversation.window.lastSeq).toBe(messages.length));
				while (conversation.window.hasOlder) await conversation.history.loadOlder();
				await until(() => {
					const shown = conversation.window.messages;
					expect(bodies(shown)).toEqual(bodies(messages));
					expect(shown.map(({ reactions }) => reactions)).toEqual(
						messages.map(({ reactions }) => reactions)
					);
				});
			}
		}
	});

	it('left nothing in an outbox', async () => {
		for (const { store, storage, siteKey } of world.visitors) {
			expect(await store.change((items) => items)).toEqual([]);
			expect(storage.get(unsentKey(siteKey))).toBeNull();
		}
		for (const { store, page } of world.operators) {
			expect([...store.items.values(), ...page.outbox.items]).toEqual([]);
		}
	});

	it('refused nobody anything but haste', () => {
		expect(world.visitors.flatMap(({ refused }) => refused)).toEqual([]);
	});

	it('never took a read position or a number back', async () => {
		const { witness, visitors, operators } = world;
		const people = [witness, ...visitors, ...operators];
		expect(people.flatMap(({ relapses }) => relapses)).toEqual([]);
		expect(witness.reads.size).toBeGreaterThan(0);
		const later = await world.sql<{ key: string; last_read_seq: number }[]>`
			select conversation_id || ' ' || reader_id as key, last_read_seq from public.conversation_reads
			where site_id = any (${world.siteIds}) and reader_kind = 'operator'`;
		for (const { key, last_read_seq } of later) {
			expect(witness.reads.get(key) ?? 0).toBeLessThanOrEqual(last_read_seq);
		}
	});
});

const bodies = (from: readonly { body: string }[]) => from.map(({ body }) => body);

async function nothingWaits(): Promise<void> {
	for (const { store } of world.visitors) {
		expect(await store.change((items) => items)).toEqual([]);
	}
	for (const operator of world.operators) {
		await operator.release();
		expect(operator.page.outbox.items).toEqual([]);
	}
}

async function everyVisitorSeesAll(): Promise<void> {
	const all = [...stored.values()];
	for (const { name, tabs } of world.visitors) {
		const messages = all.find(([first]) => first?.visitor === name) ?? [];
		const told = bodies(messages.filter(({ visibility }) => visibility === 'public'));
		for (const { chat } of tabs) {
			while (chat.view.hasOlder) await chat.loadOlder();
			expect(bodies(chat.view.entries)).toEqual(told);
		}
	}
}

/** The console warns of every topic it loses: here that is the weather. */
function keepQuietAboutTopics(): void {
	const { warn } = console;
	vi.spyOn(console, 'warn').mockImplementation((...said: unknown[]) => {
		if (!String(said[0]).startsWith('topic ')) warn(...said);
	});
}

function tally<Key>(counts: readonly Map<Key, number>[]): Record<string, number> {
	const sums: Record<string, number> = {};
	for (const [key, count] of counts.flatMap((one) => [...one])) {
		sums[String(key)] = (sums[String(key)] ?? 0) + count;
	}
	return sums;
}

function report(stormMs: number, calmMs: number): void {
	const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
	console.log(`storm ${seconds(stormMs)}, everything delivered ${seconds(calmMs)} later`, {
		...tally(world.lines.map((line) => line.seen)),
		storms: world.disturbance.storms,
		slowCommits: world.disturbance.slowCommits,
		answers: tally(world.lines.map((line) => line.statuses)),
		discarded: world.ledger.discarded.size,
		redacted: world.ledger.redacted.size
	});
}
