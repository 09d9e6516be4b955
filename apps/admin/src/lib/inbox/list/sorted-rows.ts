interface Source<Row> {
	all: readonly Row[];
	get: (id: string) => Row | null;
	/** Ids of what has changed since the last call; null when everything may have. */
	takeChanges: () => ReadonlySet<string> | null;
}

interface Rules<Row> {
	belongs: (row: Row) => boolean;
	/** Never 0 for two different rows. */
	compare: (a: Row, b: Row) => number;
}

/** One list in its order. When one row of ten thousand changes, only its place is looked for. */
export class SortedRows<Row extends { id: string }> {
	readonly #source: Source<Row>;
	#of: unknown;
	#list: readonly Row[] = [];
	/** As they stand in the list. */
	#standing = new Map<string, Row>();

	constructor(source: Source<Row>) {
		this.#source = source;
	}

	/** The list; `of` is another one whenever the rules are. */
	read(of: unknown, rules: Rules<Row>): readonly Row[] {
		const changes = this.#source.takeChanges();
		if (changes === null || of !== this.#of) this.#sort(rules);
		else if (changes.size > 0) this.#list = this.#placed(changes, rules);
		this.#of = of;
		return this.#list;
	}

	#sort({ belongs, compare }: Rules<Row>): void {
		this.#list = this.#source.all.filter(belongs).sort(compare);
		this.#standing = new Map(this.#list.map((row) => [row.id, row]));
	}

	#placed(ids: ReadonlySet<string>, { belongs, compare }: Rules<Row>): readonly Row[] {
		const list = [...this.#list];
		for (const id of ids) {
			const before = this.#standing.get(id);
			if (before) list.splice(place(list, before, compare), 1);
			this.#standing.delete(id);
			const row = this.#source.get(id);
			if (!row || !belongs(row)) continue;
			list.splice(place(list, row, compare), 0, row);
			this.#standing.set(id, row);
		}
		return list;
	}
}

/** Where a row stands, or would. */
function place<Row>(list: readonly Row[], row: Row, compare: (a: Row, b: Row) => number): number {
	let [from, to] = [0, list.length];
	while (from < to) {
		const middle = (from + to) >>> 1;
		if (compare(list[middle] as Row, row) < 0) from = middle + 1;
		else to = middle;
	}
	return from;
}
