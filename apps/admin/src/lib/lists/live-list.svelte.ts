import { untrack } from 'svelte';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';

/** Some rows of a list, newest first. */
export interface Page<Row, Note> {
	rows: readonly Row[];
	/** There may be more behind the last one. */
	full: boolean;
	/** What is known of the list as a whole. */
	note: Note;
}

interface Options<Query, Row, Note> {
	/** Rows behind `last`. */
	read: (query: Query, last: Row | null) => Promise<Page<Row, Note>>;
	everyMs: number;
	/** Whether a list that nobody here changes may change. */
	moves?: (rows: readonly Row[]) => boolean;
}

/** A list on a screen: read page by page, looked at again while somebody sees it, changed one row at a time. */
export class LiveList<Query, Row, Note = null> {
	query = $state.raw<Query | null>(null);
	/** Null until they are known. */
	rows = $state.raw<readonly Row[] | null>(null);
	note = $state.raw<Note | null>(null);
	full = $state(false);
	failure = $state.raw<FailureCode | null>(null);
	/** Rows of which something is under way. */
	busy = $state.raw<ReadonlySet<string>>(new Set());

	readonly #options: Options<Query, Row, Note>;
	#asked = 0;
	#pages = 1;

	constructor(options: Options<Query, Row, Note>) {
		this.#options = options;
	}

	/** Effects may call this: what it reads of itself is not what they depend on. */
	show(query: Query): Promise<void> {
		return untrack(() => {
			if (JSON.stringify(query) !== JSON.stringify(this.query)) {
				[this.query, this.rows] = [query, null];
			}
			this.#pages = 1;
			return this.refresh();
		});
	}

	/** Shows the next page too. */
	async more(): Promise<void> {
		this.#pages++;
		await this.refresh();
	}

	async refresh(): Promise<void> {
		if (this.query === null) return;
		const asked = ++this.#asked;
		try {
			const { rows, full, note } = await this.#read(this.query);
			// Another list was chosen meanwhile.
			if (asked !== this.#asked) return;
			[this.rows, this.full, this.note, this.failure] = [rows, full, note, null];
		} catch (error) {
			if (asked === this.#asked) this.failure = codeOf(error);
		}
	}

	/** Does something to the row with this id, or makes it. */
	async change<Result>(id: string, call: () => Promise<Result>): Promise<Result | FailureCode> {
		this.busy = new Set([...this.busy, id]);
		try {
			const result = await call();
			await this.refresh();
			return result;
		} catch (error) {
			// An answer that was lost may have been a yes. Nobody waits for that: it may take as long to fail.
			void this.refresh();
			return codeOf(error);
		} finally {
			this.busy = new Set([...this.busy].filter((other) => other !== id));
		}
	}

	/** For a change of which nothing is to be shown; null when it was done. */
	async done(id: string, call: () => Promise<unknown>): Promise<FailureCode | null> {
		return this.change(id, async () => {
			await call();
			return null;
		});
	}

	/** Looks again while the page is visible; call the result to stop. */
	connect(): () => void {
		const { everyMs, moves = () => true } = this.#options;
		const look = () => {
			if (document.visibilityState === 'visible' && moves(this.rows ?? [])) void this.refresh();
		};
		const timer = setInterval(look, everyMs);
		document.addEventListener('visibilitychange', look);
		return () => {
			clearInterval(timer);
			document.removeEventListener('visibilitychange', look);
		};
	}

	async #read(query: Query): Promise<Page<Row, Note>> {
		const rows: Row[] = [];
		for (let pages = 1; ; pages++) {
			const page = await this.#options.read(query, rows.at(-1) ?? null);
			rows.push(...page.rows);
			if (!page.full || pages >= this.#pages) return { ...page, rows };
		}
	}
}
