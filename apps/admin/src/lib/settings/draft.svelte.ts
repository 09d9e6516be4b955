import { codeOf } from '#lib/inbox/failure.ts';
import { same } from './same.ts';
import { Taken, type SaveFailure } from './failure.ts';

/** What is stored; the version is another one whenever somebody has saved. */
export interface Stored<Values> {
	values: Values;
	version: string;
}

/** Another admin has saved since the page was read; nothing was written. */
export class Conflict<Values> extends Error {
	override readonly name = 'Conflict';
	readonly newest: Stored<Values>;

	constructor(newest: Stored<Values>) {
		super('somebody else has saved meanwhile');
		this.newest = newest;
	}
}

/** What is wrong, in words, by the path of the field: `name`, `fields.2.label`. */
export type Problems = Readonly<Record<string, string>>;

interface Options<Values> {
	stored: Stored<Values>;
	/** Throws a `Conflict` when what is stored is not `over` any more. */
	save: (values: Values, over: Stored<Values>) => Promise<Stored<Values>>;
	validate?: (values: Values) => Problems;
}

/** Settings on a screen: what is stored, what is typed, and how one becomes the other. */
export class Draft<Values extends object> {
	/** Screens write into this. */
	values: Values;
	stored: Stored<Values>;
	saving = $state(false);
	failure = $state.raw<SaveFailure | null>(null);
	/** What another admin has saved, until somebody decides. */
	theirs = $state.raw<Stored<Values> | null>(null);

	readonly dirty = $derived.by(() => !same($state.snapshot(this.values), this.stored.values));
	readonly #found = $derived.by(() => this.#validate(this.values));
	/** Empty until the first try to save: nobody is told off while typing. */
	readonly problems = $derived.by((): Problems => (this.#tried ? this.#found : {}));

	readonly #save: Options<Values>['save'];
	readonly #validate: (values: Values) => Problems;
	#tried = $state(false);

	constructor({ stored, save, validate = () => ({}) }: Options<Values>) {
		this.stored = $state.raw(stored);
		this.values = $state(copy(stored.values));
		this.#save = save;
		this.#validate = validate;
	}

	/** Resolves to what takes it back, or to null when nothing was saved. */
	async save(): Promise<(() => Promise<boolean>) | null> {
		if (this.saving) return null;
		this.#tried = true;
		if (Object.keys(this.#found).length > 0) return null;
		const before = this.stored.values;
		return (await this.#write()) ? () => this.#restore(before) : null;
	}

	discard(): void {
		this.#show(this.stored);
		this.failure = null;
	}

	/** What is new in the database, when nothing here would be lost by it. */
	refresh(stored: Stored<Values>): void {
		if (this.dirty || this.saving) return;
		this.#show(stored);
	}

	takeTheirs(): void {
		if (!this.theirs) return;
		this.#show(this.theirs);
	}

	/** What was changed here goes over theirs; the rest is as they left it. */
	async keepMine(): Promise<(() => Promise<boolean>) | null> {
		if (!this.theirs) return null;
		this.values = merged(this.stored.values, this.#typed, this.theirs.values);
		this.stored = this.theirs;
		this.theirs = null;
		return this.save();
	}

	get #typed(): Values {
		// As an argument: Svelte's server build takes the rune out of a declaration and keeps no copy.
		return this.#plain($state.snapshot(this.values));
	}

	#plain(snapshot: unknown): Values {
		return snapshot as Values;
	}

	async #write(): Promise<boolean> {
		const sent = this.#typed;
		this.saving = true;
		this.failure = null;
		try {
			this.stored = await this.#save(sent, this.stored);
			this.#tried = false;
			// Whoever has typed on meanwhile keeps that.
			if (same(this.#typed, sent)) this.values = copy(this.stored.values);
			return true;
		} catch (error) {
			if (error instanceof Conflict) this.theirs = error.newest as Stored<Values>;
			else this.failure = error instanceof Taken ? 'taken' : codeOf(error);
			return false;
		} finally {
			this.saving = false;
		}
	}

	async #restore(before: Values): Promise<boolean> {
		this.values = copy(before);
		return (await this.save()) !== null;
	}

	#show(stored: Stored<Values>): void {
		this.stored = stored;
		this.values = copy(stored.values);
		this.theirs = null;
		this.#tried = false;
	}
}

const copy = <Values>(values: Values): Values => structuredClone(values);

function merged<Values extends object>(base: Values, mine: Values, theirs: Values): Values {
	const result = copy(theirs);
	for (const key of Object.keys(mine) as (keyof Values)[]) {
		if (!same(mine[key], base[key])) result[key] = mine[key];
	}
	return result;
}
