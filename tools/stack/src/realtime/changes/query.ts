import type { Binding } from '../join-config.ts';
import { elixir } from './elixir-notation.ts';
import { parseFilter } from './filter.ts';
import type { Filter } from './filter.ts';
import { SubscriptionRefused } from './refused.ts';

/** What one `postgres_changes` entry asks for. */
export interface ChangeQuery {
	event: 'INSERT' | 'UPDATE' | 'DELETE' | '*';
	/** A pattern of LIKE; * stands for all. */
	schema: string;
	table: string;
	filters: Filter[];
	/** Null for all columns. */
	select: string[] | null;
}

/** Throws `SubscriptionRefused` with the text of the hosted server. */
export function parseQuery(binding: Binding): ChangeQuery {
	const event = parseEvent(binding.event);
	const select = parseSelect(binding.select);
	const { schema, table } = parseTable(binding);
	const filters = typeof binding.filter === 'string' ? parseFilter(binding.filter) : [];
	if (select !== null && (schema === '*' || table === '*')) {
		throw new SubscriptionRefused(
			'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.'
		);
	}
	return { event, schema, table, filters, select };
}

function parseEvent(event: unknown): ChangeQuery['event'] {
	const word = typeof event === 'string' ? event.toUpperCase() : '*';
	return word === 'INSERT' || word === 'UPDATE' || word === 'DELETE' ? word : '*';
}

function parseSelect(select: unknown): string[] | null {
	if (typeof select === 'string') {
		throw new SubscriptionRefused(
			'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]'
		);
	}
	const columns = Array.isArray(select)
		? select.filter((column): column is string => typeof column === 'string')
		: [];
	return columns.length > 0 ? columns : null;
}

/** Either name may be left out, unless there is a filter; a name of another type is no name. */
function parseTable(binding: Binding): { schema: string; table: string } {
	const { schema, table, filter } = binding;
	const filtered = 'filter' in binding;
	if (typeof schema === 'string' && typeof table === 'string') {
		if (!filtered || typeof filter === 'string') return { schema, table };
	} else if (!filtered) {
		if (typeof schema === 'string' && !('table' in binding)) return { schema, table: '*' };
		if (typeof table === 'string' && !('schema' in binding)) return { schema: 'public', table };
	}
	const given = 'user_token' in binding || 'auth_token' in binding ? '<redacted>' : elixir(binding);
	throw new SubscriptionRefused(
		`No subscription params provided. Please provide at least a \`schema\` or \`table\` to subscribe to: ${given}`
	);
}

export function describeQuery({ event, schema, table, filters, select }: ChangeQuery): string {
	const conditions = filters.map(({ column, operator, value, negate }) => {
		const fields = [column, operator, value, negate].map(elixir);
		return `{${fields.join(', ')}}`;
	});
	return `[event: ${event}, schema: ${schema}, table: ${table}, filters: [${conditions.join(', ')}], select: ${elixir(select)}]`;
}
