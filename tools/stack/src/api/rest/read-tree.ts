import { RestFailure } from './failure.ts';
import { findRelationship } from './find-relationship.ts';
import type {
	Logic,
	OrderTerm,
	Query,
	SelectedField,
	SelectedRelation,
	SelectItem
} from './query.ts';
import type { Relationship } from './relationships.ts';
import type { SchemaCache, Table } from './schema-cache.ts';
import { identifier } from './sql.ts';

/** One level of what is read: a table, and the tables embedded in its rows. */
export type ReadNode = {
	/** Unknown for the result of a function. */
	table: Table | null;
	name: string;
	/** How SQL calls the row of this level. */
	alias: string;
	fields: SelectedField[];
	embeds: Embed[];
	where: Logic[];
	order: OrderTerm[];
	limit: number | null;
	offset: number;
};

export type Embed = {
	/** Its name in paths of other parameters, and in the answer. */
	key: string;
	/** How SQL calls the joined rows. */
	alias: string;
	/** SQL that is null when no row was found. */
	found: string;
	node: ReadNode;
	relationship: Relationship;
	toOne: boolean;
	inner: boolean;
	spread: boolean;
	/** Selected without any column: joined, but not shown. */
	hidden: boolean;
};

export type TreeOptions = {
	cache: SchemaCache;
	schema: string;
	/** No level shows more rows. */
	maxRows: number | null;
	aggregates: boolean;
	/** A write filters by itself what it changes. */
	filterRoot: boolean;
};

/** The levels that `select` asks for, each with its filters, order and range. */
export function buildTree(
	query: Query,
	root: { table: Table | null; name: string },
	options: TreeOptions
): ReadNode {
	const tree = new Tree(options);
	const node = tree.node(root.table, root.name, identifier(root.name), query.select);
	for (const { path, what } of [...query.filters, ...query.logic]) {
		if (path.length > 0 || options.filterRoot) find(node, path).where.push(what);
	}
	for (const { path, what } of query.orders) find(node, path).order = what;
	for (const { path, what } of query.limits) {
		const level = find(node, path);
		level.limit = Math.min(what, level.limit ?? what);
	}
	for (const { path, what } of query.offsets) find(node, path).offset = what;
	return node;
}

class Tree {
	readonly #options: TreeOptions;
	#count = 0;

	constructor(options: TreeOptions) {
		this.#options = options;
	}

	node(table: Table | null, name: string, alias: string, items: SelectItem[]): ReadNode {
		const fields = items.filter((item) => item.kind === 'field');
		if (!this.#options.aggregates && fields.some(({ aggregate }) => aggregate !== null)) {
			throw new RestFailure(400, 'PGRST123', 'Use of aggregate functions is not allowed');
		}
		const embeds = items
			.filter((item) => item.kind === 'relation')
			.map((item) => this.#embed(table, name, item));
		const limit = this.#options.maxRows;
		return { table, name, alias, fields, embeds, where: [], order: [], limit, offset: 0 };
	}

	#embed(table: Table | null, name: string, item: SelectedRelation): Embed {
		// A function's result that is no table has no relationships.
		const { cache, schema } = this.#options;
		const nowhere = { oid: 0, schema, name, columns: new Map(), primaryKey: [] };
		const from = table ?? nowhere;
		const relationship = findRelationship(cache, from, item);
		const number = ++this.#count;
		const { foreign } = relationship;
		const alias = identifier(`${foreign.name}_${number}`);
		const joined = identifier(`pgrst_${number}`);
		return {
			key: item.alias ?? item.name,
			alias: joined,
			found: `${joined}."pgrst_found"`,
			node: this.node(foreign, foreign.name, alias, item.items),
			relationship,
			toOne: ['many-to-one', 'one-to-one'].includes(relationship.cardinality),
			inner: item.inner,
			spread: item.spread,
			hidden: item.items.length === 0
		};
	}
}

function find(node: ReadNode, path: readonly string[]): ReadNode {
	let level = node;
	for (const name of path) {
		const embed = level.embeds.find(({ key }) => key === name);
		if (embed === undefined) {
			throw new RestFailure(
				400,
				'PGRST108',
				`'${name}' is not an embedded resource in this request`,
				{ hint: `Verify that '${name}' is included in the 'select' query parameter.` }
			);
		}
		level = embed.node;
	}
	return level;
}
