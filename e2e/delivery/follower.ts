import type { InboxChanges, InboxPage, MyInboxConversation } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';
import type postgres from 'postgres';
import { become, type Caller } from './as-caller.ts';

/** A client that has nothing but catch-up: it must end with exactly what the tables hold. */
export class Follower {
	readonly rows = new Map<string, MyInboxConversation>();
	readonly #messages = new Map<string, Map<string, Message>>();
	readonly #sql: postgres.Sql;
	readonly #caller: Caller;
	#cursor = '';

	constructor(sql: postgres.Sql, caller: Caller) {
		this.#sql = sql;
		this.#caller = caller;
	}

	messages(conversation: string): Message[] {
		const all = [...(this.#messages.get(conversation)?.values() ?? [])];
		return all.sort((a, b) => a.seq - b.seq);
	}

	/** The list as a new page of the console loads it, and these conversations opened in it. */
	async begin(opened: readonly string[]): Promise<void> {
		await this.#as(async (sql) => {
			const [row] = await sql<
				{ page: InboxPage }[]
			>`select public.list_inbox(max_rows => 200) as page`;
			if (row) this.#take(row.page);
		});
		for (const id of opened) await this.#catchUpWith(id);
	}

	/** Everything that changed since the last time, in a transaction per request as over the API. */
	async catchUp(): Promise<void> {
		const changed = await this.#as(async (sql) => {
			const [row] = await sql<{ changes: InboxChanges }[]>`
				select public.inbox_changes_since(${this.#cursor}) as changes`;
			if (!row || row.changes.reset) throw new Error('the cursor is not known any more');
			this.#take(row.changes);
			return row.changes.conversations.map(({ id }) => id);
		});
		for (const id of changed) await this.#catchUpWith(id);
	}

	async #catchUpWith(id: string): Promise<void> {
		const known = this.#messages.get(id) ?? new Map<string, Message>();
		this.#messages.set(id, known);
		const place = Math.max(0, ...[...known.values()].map(({ seq }) => seq));
		const change = Math.max(0, ...[...known.values()].map(({ change_seq }) => change_seq));
		const news = await this.#as(
			(sql) => sql<Message[]>`select * from public.messages_after(${id}, ${place}, 500)`
		);
		const changes = await this.#as(
			(sql) => sql<Message[]>`select * from public.message_changes_after(${id}, ${change}, 500)`
		);
		for (const message of [...news, ...changes]) {
			if ((known.get(message.id)?.change_seq ?? -1) <= message.change_seq)
				known.set(message.id, message);
		}
	}

	#take({ conversations, cursor }: Pick<InboxPage, 'conversations' | 'cursor'>): void {
		for (const row of conversations) this.rows.set(row.id, row);
		this.#cursor = cursor;
	}

	#as<Result>(use: (sql: postgres.TransactionSql) => Promise<Result>): Promise<Result> {
		return this.#sql.begin('read only', async (sql) => {
			await become(sql, this.#caller);
			return use(sql);
		}) as Promise<Result>;
	}
}
