/** What the parameters of a URL ask for, in the words of PostgREST's grammar. */
export type Query = {
	select: SelectItem[];
	filters: Placed<Filter>[];
	logic: Placed<Logic>[];
	orders: Placed<OrderTerm[]>[];
	limits: Placed<number>[];
	offsets: Placed<number>[];
	/** Of a write; null takes the keys of the body. */
	columns: string[] | null;
	onConflict: string[] | null;
	/** Arguments of a function that is called by GET. */
	arguments: [name: string, value: string][];
};

/** Embedded resources are addressed by their path from the root. */
export type Placed<T> = { path: string[]; what: T };

export type JsonStep = { key: string | number; asText: boolean };
export type Field = { name: string; path: JsonStep[] };

export type SelectedField = {
	kind: 'field';
	field: Field;
	alias: string | null;
	cast: string | null;
	aggregate: string | null;
	aggregateCast: string | null;
};

export type SelectedRelation = {
	kind: 'relation';
	name: string;
	alias: string | null;
	hint: string | null;
	inner: boolean;
	spread: boolean;
	items: SelectItem[];
};

export type SelectItem = SelectedField | SelectedRelation;

export type Operation =
	| { kind: 'compare'; operator: string; quantifier: 'any' | 'all' | null; value: string }
	| { kind: 'in'; values: string[] }
	| { kind: 'is'; value: string }
	| { kind: 'distinct'; value: string }
	| { kind: 'search'; toQuery: string; language: string | null; value: string };

export type Filter = { kind: 'filter'; field: Field; negated: boolean; operation: Operation };

export type Logic =
	Filter | { kind: 'group'; operator: 'and' | 'or'; negated: boolean; members: Logic[] };

export type OrderTerm = {
	field: Field;
	/** The embedded resource whose column orders this level. */
	relation: string | null;
	direction: 'asc' | 'desc' | null;
	nulls: 'first' | 'last' | null;
};
