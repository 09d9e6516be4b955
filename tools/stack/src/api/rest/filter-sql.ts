import { RestFailure } from './failure.ts';
import type { Field, Filter, Logic, Operation } from './query.ts';
import type { ReadNode } from './read-tree.ts';
import { arrayLiteral, identifier, literal } from './sql.ts';
import type { Parameters } from './sql.ts';

/** A column, or what lies at a path in it. */
export function fieldSql(node: ReadNode, { name, path }: Field): string {
	const column = `${node.alias}.${identifier(name)}`;
	if (path.length === 0) return column;
	const composite = node.table?.columns.get(name)?.composite === true;
	const steps = path.map(({ key, asText }) => {
		return `${asText ? '->>' : '->'}${typeof key === 'number' ? key : literal(key)}`;
	});
	return `${composite ? `to_jsonb(${column})` : column}${steps.join('')}`;
}

export function logicSql(node: ReadNode, logic: Logic, parameters: Parameters): string {
	if (logic.kind === 'filter') return filterSql(node, logic, parameters);
	const members = logic.members.map((member) => logicSql(node, member, parameters));
	return `${logic.negated ? 'not ' : ''}(${members.join(` ${logic.operator} `)})`;
}

function filterSql(node: ReadNode, filter: Filter, parameters: Parameters): string {
	const { field, negated, operation } = filter;
	const embed = node.embeds.find(({ key }) => key === field.name && field.path.length === 0);
	if (embed !== undefined && node.table?.columns.has(field.name) !== true) {
		if (operation.kind !== 'is' || !operation.value.endsWith('null')) {
			throw new RestFailure(
				400,
				'PGRST120',
				`Bad operator on the '${field.name}' embedded resource`,
				{
					details: 'Only is null or not is null filters are allowed on embedded resources'
				}
			);
		}
		const absent = negated === (operation.value === 'not null');
		return `${embed.found} is ${absent ? '' : 'not '}null`;
	}
	const sql = operationSql(node, field, operation, parameters);
	return negated ? `not ${sql}` : sql;
}

function operationSql(
	node: ReadNode,
	field: Field,
	operation: Operation,
	parameters: Parameters
): string {
	const left = fieldSql(node, field);
	switch (operation.kind) {
		case 'is':
			return `${left} is ${operation.value}`;
		case 'in':
			return `${left} = any (${parameters.add(arrayLiteral(operation.values))})`;
		case 'distinct':
			return `${left} is distinct from ${parameters.add(operation.value)}`;
		case 'search': {
			const { toQuery, language, value } = operation;
			const configuration = language === null ? '' : `${parameters.add(language)}, `;
			return `${searchable(node, field, left, configuration)} @@ ${toQuery}(${configuration}${parameters.add(value)})`;
		}
		case 'compare': {
			const { operator, quantifier, value } = operation;
			const pattern = operator.endsWith('like') ? value.replaceAll('*', '%') : value;
			const right = parameters.add(pattern);
			return `${left} ${operator} ${quantifier === null ? right : `${quantifier} (${right})`}`;
		}
	}
}

/** Texts and JSON are made searchable on the way. */
function searchable(node: ReadNode, field: Field, left: string, configuration: string): string {
	const type = node.table?.columns.get(field.name)?.type;
	if (field.path.length === 0 && (type === undefined || type === 'tsvector')) return left;
	return `to_tsvector(${configuration}${left})`;
}
