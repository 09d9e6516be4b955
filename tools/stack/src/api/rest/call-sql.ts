import type { CallShape } from './find-routine.ts';
import { takesBody } from './find-routine.ts';
import type { Routine } from './schema-cache.ts';
import { arrayLiteral, identifier, qualified } from './sql.ts';
import type { Parameters } from './sql.ts';

export type CallInput = CallShape & {
	/** JSON, or the raw text of a body that is the only argument. */
	body: string;
	/** From the URL; a variadic parameter may come several times. */
	query: readonly (readonly [name: string, value: string])[];
};

/** `from` clause items whose last one is the function's result, called `alias`. */
export function callSql(
	routine: Routine,
	input: CallInput,
	alias: string,
	parameters: Parameters
): string {
	const { source, list } = argumentsSql(routine, input, parameters);
	const call = `${qualified(routine)}(${list.join(', ')})`;
	const before = source === '' ? '' : `${source}, lateral `;
	if (routine.returns === 'composite') return `${before}${call} as ${alias}`;
	return `${before}(select ${call} as pgrst_scalar) as ${alias}`;
}

function argumentsSql(
	routine: Routine,
	input: CallInput,
	parameters: Parameters
): { source: string; list: string[] } {
	const [only] = routine.parameters;
	const named = routine.parameters.filter(({ name }) => input.keys.includes(name) && name !== '');
	if (named.length === 0 && only !== undefined && takesBody(routine, input)) {
		return { source: '', list: [`${parameters.add(input.body)}::${only.type}`] };
	}
	const call = (name: string, value: string, variadic: boolean) =>
		`${variadic ? 'variadic ' : ''}${identifier(name)} := ${value}`;
	if (input.contentType === null) {
		const list = named.map(({ name, type, variadic }) => {
			const values = input.query.filter(([key]) => key === name).map(([, value]) => value);
			const value = variadic && values.length > 1 ? arrayLiteral(values) : (values.at(-1) ?? '');
			return call(name, `${parameters.add(value)}::${type}`, variadic);
		});
		return { source: '', list };
	}
	if (named.length === 0) return { source: '', list: [] };
	const columns = named.map(({ name, type }) => `${identifier(name)} ${type}`);
	const body = parameters.add(input.body);
	return {
		source: `json_to_record(${body}::json) as pgrst_body(${columns.join(', ')})`,
		list: named.map(({ name, variadic }) => call(name, `pgrst_body.${identifier(name)}`, variadic))
	};
}
