import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import type { Conversation } from '../../apps/admin/src/lib/inbox/conversation.svelte.ts';
import { temporary } from '../../apps/admin/src/lib/inbox/failure.ts';
import type { OutboxItem } from '../../apps/admin/src/lib/inbox/outbox-store.ts';
import type { Person } from '../support/tenant.ts';
import { ConsolePage } from './console-page.ts';
import { pause, type FaultyLine } from './faulty-line.ts';
import { asTyped, edited, type Ledger } from './ledger.ts';
import { OperatorStore } from './operator-store.ts';
import type { Random } from './random.ts';

interface Options {
	name: string;
	person: Person;
	publishableKey: string;
	organization: string;
	/** Name of the visitor by site. */
	visitors: ReadonlyMap<string, string>;
	line: FaultyLine;
	ledger: Ledger;
	random: Random;
	thinkMs: number;
	/** Nobody writes on and on while so much of it is not through. */
	mostUnsent: number;
}

/** A person at the console. */
export class Operator {
	readonly name: string;
	readonly id: string;
	readonly line: FaultyLine;
	readonly store = new OperatorStore();
	page: ConsolePage;
	/** Read positions that this operator saw going back: there must be none. */
	readonly relapses: string[] = [];

	readonly #options: Options;
	#seen = new Map<string, MyInboxConversation>();

	constructor(options: Options) {
		this.#options = options;
		({ name: this.name, line: this.line } = options);
		this.id = options.person.id;
		this.page = this.#openPage();
	}

	/** Writes that many texts, and does what operators do in between. */
	async live(texts: number): Promise<void> {
		const { random, thinkMs, mostUnsent } = this.#options;
		for (let left = texts; left > 0;) {
			const doing = random.weighted(doings);
			if (doing === 'write' || doing === 'note') {
				if (this.page.outbox.items.length >= mostUnsent) await this.#sortOut();
				else if (await this.#write(doing)) left--;
			} else await this.#do(doing);
			this.#decide();
			this.#watch();
			await pause(random.between(0, thinkMs));
		}
	}

	/** Says something in a conversation, whatever is in the way. */
	write(row: MyInboxConversation): void {
		const conversation = this.page.view(row.id);
		conversation.look(true);
		void conversation.answering.send(
			this.#options.ledger.write(this.name, this.#visitorOf(row)),
			{}
		);
	}

	wake(): void {
		this.line.comeUp();
		this.page.wake();
	}

	/** Sends after all what was held back, when its conversation is up to date. */
	async release(): Promise<void> {
		for (const item of this.page.outbox.items.filter(({ state }) => state === 'held')) {
			const conversation = this.page.view(item.conversation_id);
			await conversation.catchUp();
			await conversation.answering.sendAnyway(item);
		}
	}

	async #do(doing: Exclude<keyof typeof doings, 'write' | 'note'>): Promise<void> {
		const { random } = this.#options;
		switch (doing) {
			case 'switch': {
				this.#switch();
				return;
			}
			case 'look':
				return this.page.open?.look(random.chance(0.8));
			case 'close or open':
				return this.#setStatus();
			case 'change':
				return this.#change();
			case 'focus': {
				this.page.wake();
				return;
			}
			case 'go offline':
				this.line.goDown();
				await pause(random.between(50, 1500));
				{
					this.wake();
					return;
				}
			case 'reload':
				await this.page.close();
				this.#seen = new Map();
				this.page = this.#openPage();
		}
	}

	/** Mostly to where a message waits for a decision, as far as there is one. */
	#switch(): void {
		const { random } = this.#options;
		const { inbox, outbox } = this.page;
		const held = random.pick(outbox.items.filter(({ state }) => state === 'held'));
		const id =
			held && random.chance(0.7) ? held.conversation_id : random.pick(inbox.conversations)?.id;
		if (id !== undefined) this.page.view(id);
	}

	/** Looks at something that waits for a decision, until it can be taken. */
	async #sortOut(): Promise<void> {
		this.#switch();
		if (this.page.open) await readable(this.page.open);
	}

	/** False when there is nothing to write in yet. */
	async #write(how: 'write' | 'note'): Promise<boolean> {
		const { random, ledger } = this.#options;
		const row = this.page.open?.row ?? random.pick(this.page.inbox.conversations);
		if (!row) return false;
		const conversation = this.page.view(row.id);
		conversation.look(true);
		if (!(await readable(conversation))) return false;
		if (how === 'write') {
			void conversation.answering.send(ledger.write(this.name, this.#visitorOf(row)), {});
			return true;
		}
		void this.page.outbox.send({
			conversation_id: row.id,
			body: ledger.write(this.name, this.#visitorOf(row), 'team'),
			seen_seq: conversation.seen,
			visibility: 'team'
		});
		return true;
	}

	/** Somebody wrote meanwhile: mostly it still fits, sometimes it is dropped. */
	#decide(): void {
		const { open, outbox } = this.page;
		const held = open?.answering.held;
		// Nobody can say that it still fits before the page shows what it has to fit.
		if (!open || !held || open.phase !== 'ready') return;
		if (this.#options.random.chance(0.85)) void open.answering.sendAnyway(held);
		else void this.#drop(outbox, held);
	}

	#drop(outbox: ConsolePage['outbox'], item: OutboxItem): Promise<void> {
		this.#options.ledger.discarded.add(item.body);
		return outbox.discard(item);
	}

	/** Closes an open conversation, or opens one that is in the list of the closed. */
	async #setStatus(): Promise<void> {
		const { random } = this.#options;
		const { inbox } = this.page;
		const [from, to] = random.chance(0.5)
			? (['open', 'closed'] as const)
			: (['closed', 'open'] as const);
		await inbox.show({ ...inbox.filter, view: from });
		const row = random.pick(inbox.conversations);
		try {
			if (row) await inbox.change(row.id, { kind: 'status', status: to });
		} catch (error) {
			// The console says so, and the operator may click again.
			if (!temporary(error)) throw error;
		}
		await inbox.show({ ...inbox.filter, view: 'open' });
	}

	/** Edits, takes away or reacts to a message, and asks again until there is an answer. */
	async #change(): Promise<void> {
		const { random, ledger } = this.#options;
		const messages =
			this.page.open?.window.messages.filter((one) => one.redacted_at === null) ?? [];
		const message_id = random.pick(messages)?.id;
		const mine = random.pick(messages.filter(({ author_id }) => author_id === this.id));
		const what = mine ? random.weighted({ react: 6, edit: 4, redact: 1 }) : 'react';
		const { rest } = this.page;
		if (what === 'react' && message_id !== undefined) {
			const on_message = random.chance(0.7);
			await insist(() => rest.rpc('react_to_message', { message_id, emoji: '👍', on_message }));
		} else if (what === 'edit' && mine) {
			const body = edited(mine.body);
			await insist(() => rest.rpc('edit_message', { message_id: mine.id, body }));
		} else if (what === 'redact' && mine) {
			await insist(() => rest.rpc('redact_message', { message_id: mine.id }));
			ledger.redacted.add(asTyped(mine.body));
		}
	}

	#watch(): void {
		for (const row of this.page.inbox.conversations) {
			const before = this.#seen.get(row.id);
			for (const field of ['visitor_read_seq', 'team_read_seq', 'last_seq'] as const) {
				if (before && row[field] < before[field]) {
					this.relapses.push(`${this.name}: ${field} ${before[field]} → ${row[field]}`);
				}
			}
			this.#seen.set(row.id, row);
		}
	}

	#visitorOf({ site_id }: MyInboxConversation): string {
		return this.#options.visitors.get(site_id) ?? '';
	}

	#openPage(): ConsolePage {
		const { person, publishableKey, organization, visitors } = this.#options;
		return new ConsolePage({
			line: this.line.openPage(),
			publishableKey,
			me: person,
			organization,
			access: { token: person.token, expires_at: Date.now() / 1000 + 3600 },
			siteIds: [...visitors.keys()],
			store: this.store.openPage()
		});
	}
}

const readPatienceMs = 2000;

/** Whether the conversation is on the screen in the time that a person waits for it. */
async function readable(conversation: Conversation): Promise<boolean> {
	const until = performance.now() + readPatienceMs;
	while (conversation.phase !== 'ready' && performance.now() < until) await pause(5);
	return conversation.phase === 'ready';
}

/** Another operator may have taken the message away meanwhile; whatever has no answer is asked again. */
async function insist(
	ask: () => PromiseLike<{ error: { message: string } | null; status: number }>
) {
	for (;;) {
		const { error, status } = await ask();
		if (!error || error.message === 'message_redacted') return;
		if (status >= 400 && status < 500) throw new Error(error.message);
		await pause(50);
	}
}

const doings = {
	write: 56,
	note: 8,
	switch: 12,
	look: 8,
	'close or open': 4,
	change: 12,
	focus: 4,
	'go offline': 2,
	reload: 2
} as const;
