import { RestFailure } from './failure.ts';
import { fieldSql, logicSql } from './filter-sql.ts';
import type { OrderTerm, SelectedField } from './query.ts';
import type { Embed, ReadNode } from './read-tree.ts';
import { identifier, qualified } from './sql.ts';
import type { Parameters } from './sql.ts';

/** The clauses of one level; `where` includes how it hangs on the level above. */
export type ReadSql = {
	select: string[];
	group: string;
	from: string;
	where: string;
	tail: string;
};

export function readSql(
	node: ReadNode,
	source: string,
	parameters: Parameters,
	joinedBy: string[] = []
): ReadSql {
	const joins = node.embeds.map((embed) => joinSql(node, embed, parameters));
	const select = [
		...node.fields.map((field) => selectedSql(node, field)),
		...node.embeds.flatMap((embed) => embeddedColumns(embed))
	];
	const conditions = [...joinedBy, ...node.where.map((logic) => logicSql(node, logic, parameters))];
	const order = node.order.map((term) => orderSql(node, term));
	const tail = [
		order.length > 0 ? ` order by ${order.join(', ')}` : '',
		node.limit === null ? '' : ` limit ${node.limit}`,
		node.offset === 0 ? '' : ` offset ${node.offset}`
	];
	return {
		select,
		group: groupSql(node),
		from: [source, ...joins].join(' '),
		where: conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`,
		tail: tail.join('')
	};
}

export function toSelect({ select, from, where, group, tail }: ReadSql): string {
	return `select ${select.join(', ')} from ${from}${where}${group}${tail}`;
}

/** All rows that match, whatever part of them is shown. */
export function toCount(
	node: ReadNode,
	{ from, where }: ReadSql,
	source: string,
	cut = ''
): string {
	const embeds = node.embeds.some(({ inner }) => inner) || mentionsEmbed(node);
	return `select 1 from ${embeds ? from : source}${where}${cut}`;
}

function mentionsEmbed({ where, embeds }: ReadNode): boolean {
	return embeds.length > 0 && where.length > 0;
}

function joinSql(parent: ReadNode, embed: Embed, parameters: Parameters): string {
	const { node, relationship, toOne } = embed;
	const { junction, function: made, columns } = relationship;
	const equal = (left: string, right: string, pairs: [string, string][]) =>
		pairs.map(([own, other]) => `${left}.${identifier(own)} = ${right}.${identifier(other)}`);
	let source = `${qualified(relationship.foreign)} as ${node.alias}`;
	let joinedBy = equal(parent.alias, node.alias, columns);
	if (made !== null) source = `${qualified(made)}(${parent.alias}) as ${node.alias}`;
	else if (junction !== null) {
		const between = identifier(`${embed.alias.slice(1, -1)}_junction`);
		source += `, ${qualified(junction.table)} as ${between}`;
		joinedBy = [
			...equal(parent.alias, between, junction.own),
			...equal(between, node.alias, junction.foreign)
		];
	}
	const level = readSql(node, source, parameters, joinedBy);
	const rows = toOne ? oneSql(embed, parent, level) : manySql(embed, level);
	const kind = embed.inner ? 'inner' : 'left';
	return `${kind} join lateral (${rows}) as ${embed.alias} on ${embed.inner ? `${embed.found} is not null` : 'true'}`;
}

/** Beside the row, the columns that the level above is ordered by. */
function oneSql(embed: Embed, parent: ReadNode, level: ReadSql): string {
	const { node } = embed;
	const ordering = parent.order.flatMap((term, at) =>
		term.relation === embed.key
			? [`${fieldSql(node, term.field)} as ${identifier(`pgrst_order_${at}`)}`]
			: []
	);
	if (embed.spread) {
		return toSelect({ ...level, select: [...level.select, 'true as "pgrst_found"', ...ordering] });
	}
	const row = embed.hidden
		? `'{}'::json`
		: `(select row_to_json(pgrst_row) from (select ${level.select.join(', ')}) as pgrst_row)`;
	return toSelect({ ...level, select: [`${row} as "pgrst_found"`, ...ordering] });
}

function manySql(embed: Embed, level: ReadSql): string {
	const rows = toSelect({ ...level, select: embed.hidden ? ['1'] : level.select });
	if (!embed.spread) {
		return `select json_agg(pgrst_rows) as "pgrst_found" from (${rows}) as pgrst_rows`;
	}
	const columns = outputNames(embed.node).map((name) => {
		return `json_agg(pgrst_rows.${identifier(name)}) as ${identifier(name)}`;
	});
	const found = `nullif(count(*), 0) as "pgrst_found"`;
	return `select ${[found, ...columns].join(', ')} from (${rows}) as pgrst_rows`;
}

function embeddedColumns(embed: Embed): string[] {
	if (embed.hidden) return [];
	if (embed.spread) {
		return outputNames(embed.node).map((name) => {
			const column = `${embed.alias}.${identifier(name)}`;
			return `${embed.toOne ? column : `coalesce(${column}, '[]')`} as ${identifier(name)}`;
		});
	}
	const rows = embed.toOne ? embed.found : `coalesce(${embed.found}, '[]')`;
	return [`${rows} as ${identifier(embed.key)}`];
}

function outputNames(node: ReadNode): string[] {
	const fields = node.fields.flatMap((field) =>
		field.field.name === '*' && field.aggregate === null
			? [...(node.table?.columns.keys() ?? [])]
			: [outputName(field)]
	);
	const embeds = node.embeds.filter(({ hidden }) => !hidden);
	return [
		...fields,
		...embeds.flatMap((embed) => (embed.spread ? outputNames(embed.node) : [embed.key]))
	];
}

function outputName({ field, alias, aggregate }: SelectedField): string {
	if (alias !== null) return alias;
	if (aggregate !== null) return aggregate;
	const key = field.path.findLast((step) => typeof step.key === 'string')?.key;
	return typeof key === 'string' ? key : field.name;
}

function selectedSql(node: ReadNode, selected: SelectedField): string {
	const { field, alias, cast, aggregate, aggregateCast } = selected;
	if (field.name === '*' && aggregate === null) return `${node.alias}.*`;
	const plain = field.name === '*' ? '*' : castSql(fieldSql(node, field), cast);
	const value = aggregate === null ? plain : castSql(`${aggregate}(${plain})`, aggregateCast);
	const named = alias !== null || aggregate !== null || field.path.length > 0 || cast !== null;
	return named ? `${value} as ${identifier(outputName(selected))}` : value;
}

function castSql(value: string, type: string | null): string {
	return type === null ? value : `cast(${value} as ${type})`;
}

/** With an aggregate, rows are grouped by everything else that is selected. */
function groupSql(node: ReadNode): string {
	if (node.fields.every(({ aggregate }) => aggregate === null)) return '';
	if (node.embeds.length > 0) {
		throw new RestFailure(400, 'PGRST127', 'Feature not implemented', {
			details: 'Aggregates beside embedded resources are not implemented by the local stack'
		});
	}
	const plain = node.fields.filter(({ aggregate }) => aggregate === null);
	if (plain.length === 0) return '';
	return ` group by ${plain.map(({ field, cast }) => castSql(fieldSql(node, field), cast)).join(', ')}`;
}

function orderSql(node: ReadNode, term: OrderTerm): string {
	const direction = `${term.direction === null ? '' : ` ${term.direction}`}${term.nulls === null ? '' : ` nulls ${term.nulls}`}`;
	if (term.relation === null) return fieldSql(node, term.field) + direction;
	const embed = node.embeds.find(({ key }) => key === term.relation);
	if (embed === undefined) {
		throw new RestFailure(
			400,
			'PGRST108',
			`'${term.relation}' is not an embedded resource in this request`,
			{ hint: `Verify that '${term.relation}' is included in the 'select' query parameter.` }
		);
	}
	if (!embed.toOne) {
		throw new RestFailure(
			400,
			'PGRST118',
			`A related order on '${term.relation}' is not possible`,
			{
				details: `'${node.name}' and '${term.relation}' do not form a many-to-one or one-to-one relationship`
			}
		);
	}
	return `${embed.alias}.${identifier(`pgrst_order_${node.order.indexOf(term)}`)}${direction}`;
}
