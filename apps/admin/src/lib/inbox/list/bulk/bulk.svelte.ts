import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import { inverse, type Change } from '../../changes.ts';
import type { FailureCode } from '../../failure.ts';
import type { Selection } from '../selection.svelte.ts';
import { eachRow } from './each-row.ts';

type Row = MyInboxConversation;

/** What can be done with many conversations: a change of each, or reading them. */
export type BulkAction = Change | { kind: 'read' };

export interface BulkInbox {
	row: (id: string) => Row | null;
	change: (id: string, change: Change) => Promise<void>;
	markRead: (id: string) => Promise<void>;
}

export interface BulkReport {
	/** How many were changed. */
	done: number;
	/** Why those that were not were not, the most frequent reason first. */
	failed: number;
	reason: FailureCode | null;
	/** Takes it back where it was done; null when there is no way back. */
	undo: (() => Promise<BulkReport>) | null;
	/** Tries those again that failed. */
	retry: () => Promise<BulkReport>;
}

const worthTelling = 30;

/** Does something with all picked conversations. Each is a call of its own that may be repeated, and may fail alone. */
export class Bulk {
	/** Something is under way. */
	busy = $state(false);

	readonly #inbox: BulkInbox;
	readonly #selection: Selection;
	readonly #now: () => number;

	constructor(inbox: BulkInbox, selection: Selection, now: () => number = Date.now) {
		this.#inbox = inbox;
		this.#selection = selection;
		this.#now = now;
	}

	/** Rows as they are now; what was erased meanwhile is left out. */
	get rows(): readonly Row[] {
		return this.#selection.ids.flatMap((id) => this.#inbox.row(id) ?? []);
	}

	async run(action: BulkAction): Promise<BulkReport> {
		if (this.busy) throw new Error('one at a time');
		const { rows } = this;
		this.#selection.clear();
		return this.#carryOut(action, rows);
	}

	async #carryOut(action: BulkAction, rows: readonly Row[]): Promise<BulkReport> {
		const { done, failed } = await this.#each(rows, (row) => this.#act(row, action));
		const undo = async (): Promise<BulkReport> => {
			const back = await this.#each(done, async (row) => {
				if (action.kind !== 'read') await this.#act(row, inverse(action, row, this.#now()));
			});
			return report(back, null, () => undo());
		};
		return report({ done, failed }, action.kind === 'read' || done.length === 0 ? null : undo, () =>
			this.#carryOut(
				action,
				failed.map(({ row }) => row)
			)
		);
	}

	async #each(rows: readonly Row[], run: (row: Row) => Promise<void>) {
		this.busy = true;
		let stopped = false;
		const stop = () => (stopped = true);
		const total = rows.length;
		const tell = (through: number): boolean => {
			// A few are done before anybody could read it.
			if (total >= worthTelling) this.#selection.progress = { through, total, stop };
			return !stopped;
		};
		tell(0);
		try {
			return await eachRow(rows, run, tell);
		} finally {
			this.busy = false;
			this.#selection.progress = null;
		}
	}

	#act(row: Row, action: BulkAction): Promise<void> {
		return action.kind === 'read'
			? this.#inbox.markRead(row.id)
			: this.#inbox.change(row.id, action);
	}
}

function report(
	{ done, failed }: Awaited<ReturnType<typeof eachRow<Row>>>,
	undo: BulkReport['undo'],
	retry: BulkReport['retry']
): BulkReport {
	const counts = new Map<FailureCode, number>();
	for (const { code } of failed) counts.set(code, (counts.get(code) ?? 0) + 1);
	const [first] = [...counts].sort(([, a], [, b]) => b - a);
	return { done: done.length, failed: failed.length, reason: first?.[0] ?? null, undo, retry };
}
