import { RestFailure } from './failure.ts';
import type { SelectedRelation } from './query.ts';
import type { Relationship } from './relationships.ts';
import type { SchemaCache, Table } from './schema-cache.ts';
import { suggest } from './suggest.ts';

/** Which way `from` embeds what the select parameter names. */
export function findRelationship(
	cache: SchemaCache,
	from: Table,
	wanted: SelectedRelation
): Relationship {
	const all = cache.relationships(from);
	const computed = all.find(({ function: made }) => made?.name === wanted.name);
	if (computed !== undefined) return computed;
	const matching = all.filter((candidate) => matches(from, candidate, wanted));
	const [first, second] = matching;
	if (first === undefined) throw none(cache, from, wanted);
	if (second !== undefined) throw several(from, wanted, matching);
	return first;
}

function matches(
	from: Table,
	relationship: Relationship,
	{ name, hint }: SelectedRelation
): boolean {
	if (relationship.function !== null || relationship.foreign.schema !== from.schema) return false;
	const named = relationship.foreign.name === name;
	const { holdsKey, constraint, junction } = relationship;
	const own = onlyColumn(relationship, 0);
	if (relationship.foreign === from && junction === null) {
		// One key, two directions: its column means the one it points to, the table all that point here.
		if (hint === null) return holdsKey ? own === name : named;
		const hinted = hint === constraint || onlyColumn(relationship, 1) === hint;
		return named && !holdsKey && hinted;
	}
	if (hint === null) {
		const byKey = junction === null && (constraint === name || (holdsKey && own === name));
		return named || byKey;
	}
	const byColumn = own === hint || onlyColumn(relationship, 1) === hint;
	return (
		(named || constraint === name) &&
		(constraint === hint || byColumn || junction?.table.name === hint)
	);
}

function onlyColumn({ columns }: Relationship, side: 0 | 1): string | undefined {
	return columns.length === 1 ? columns[0]?.[side] : undefined;
}

function none(cache: SchemaCache, from: Table, { name, hint }: SelectedRelation): RestFailure {
	const using = hint === null ? '' : ` using the hint '${hint}'`;
	const related = cache.relationships(from).map(({ foreign }) => foreign.name);
	const similar = related.includes(name) ? null : suggest(name, related);
	return new RestFailure(
		400,
		'PGRST200',
		`Could not find a relationship between '${from.name}' and '${name}' in the schema cache`,
		{
			details: `Searched for a foreign key relationship between '${from.name}' and '${name}'${using} in the schema '${from.schema}', but no matches were found.`,
			hint: similar === null ? null : `Perhaps you meant '${similar}' instead of '${name}'.`
		}
	);
}

function several(from: Table, { name }: SelectedRelation, found: Relationship[]): RestFailure {
	const hints = found.map(({ constraint, junction, foreign }) => {
		return `'${foreign.name}!${junction?.table.name ?? constraint}'`;
	});
	return new RestFailure(
		300,
		'PGRST201',
		`Could not embed because more than one relationship was found for '${from.name}' and '${name}'`,
		{
			details: found.map((relationship) => ({
				cardinality: relationship.cardinality,
				embedding: `${from.name} with ${relationship.foreign.name}`,
				relationship: describe(from, relationship)
			})),
			hint: `Try changing '${name}' to one of the following: ${hints.join(', ')}. Find the desired relationship in the 'details' key.`
		}
	);
}

function describe(from: Table, { constraint, columns, junction, foreign }: Relationship): string {
	const list = (names: (string | undefined)[]) => names.join(', ');
	if (junction !== null) {
		const [first = '', second = ''] = constraint.split(' and ');
		const own = list(junction.own.map(([, column]) => column));
		const other = list(junction.foreign.map(([column]) => column));
		return `${junction.table.name} using ${first}(${own}) and ${second}(${other})`;
	}
	const own = list(columns.map(([column]) => column));
	const other = list(columns.map(([, column]) => column));
	return `${constraint} using ${from.name}(${own}) and ${foreign.name}(${other})`;
}
