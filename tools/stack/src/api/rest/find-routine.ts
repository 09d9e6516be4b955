import { RestFailure } from './failure.ts';
import type { Routine, SchemaCache } from './schema-cache.ts';
import { suggest } from './suggest.ts';

export type CallShape = {
	keys: readonly string[];
	/** Of the body; null when arguments come in the URL. */
	contentType: string | null;
};

const wholeBodyTypes: Record<string, readonly string[]> = {
	'application/json': ['json', 'jsonb'],
	'text/plain': ['text'],
	'text/xml': ['xml'],
	'application/octet-stream': ['bytea']
};

/** Picks the overload that takes just these arguments. */
export function findRoutine(
	cache: SchemaCache,
	schema: string,
	name: string,
	shape: CallShape
): Routine {
	const all = cache.routines(schema, name);
	const named = all.filter((routine) => takesNames(routine, shape));
	const matching = named.length > 0 ? named : all.filter((routine) => takesBody(routine, shape));
	const [first, second] = matching;
	if (first === undefined) throw notFound(cache, schema, name, shape);
	if (second !== undefined) throw ambiguous(matching);
	return first;
}

/** Whether the body as a whole is the only, unnamed argument. */
export function takesBody({ parameters }: Routine, { contentType }: CallShape): boolean {
	const [only, more] = parameters;
	if (contentType === null || only === undefined || more !== undefined || only.name !== '')
		return false;
	return wholeBodyTypes[contentType]?.includes(only.type) ?? false;
}

function takesNames({ parameters }: Routine, { keys, contentType }: CallShape): boolean {
	if (contentType !== null && contentType !== 'application/json') {
		if (contentType !== 'application/x-www-form-urlencoded' && contentType !== 'text/csv')
			return false;
	}
	if (parameters.some((parameter) => parameter.name === '')) return false;
	return (
		keys.every((key) => parameters.some((parameter) => parameter.name === key)) &&
		parameters.every((parameter) => !parameter.required || keys.includes(parameter.name))
	);
}

function ambiguous(routines: Routine[]): RestFailure {
	const signatures = routines.map(({ schema, name, parameters }) => {
		const list = parameters.map((parameter) => `${parameter.name} => ${parameter.type}`);
		return `${schema}.${name}(${list.join(', ')})`;
	});
	return new RestFailure(
		300,
		'PGRST203',
		`Could not choose the best candidate function between: ${signatures.join(', ')}`,
		{
			hint: 'Try renaming the parameters or the function itself in the database so function overloading can be resolved'
		}
	);
}

function notFound(
	cache: SchemaCache,
	schema: string,
	name: string,
	{ keys, contentType }: CallShape
): RestFailure {
	const list = keys.join(', ');
	const single = wholeBodyTypes[contentType ?? '']?.join('/');
	const json = contentType === 'application/json';
	const parameters = keys.length === 0 ? ' without parameters' : `(${list})`;
	const searched =
		keys.length === 0 ? parameters : ` with parameter${keys.length > 1 ? 's' : ''} ${list}`;
	const whole = single === undefined ? '' : ` with a single unnamed ${single} parameter`;
	const details = whole !== '' && !json ? whole : `${searched}${json ? ` or${whole}` : ''}`;
	return new RestFailure(
		404,
		'PGRST202',
		`Could not find the function ${schema}.${name}${whole !== '' && !json ? '' : parameters} in the schema cache`,
		{
			details: `Searched for the function ${schema}.${name}${details}, but no matches were found in the schema cache.`,
			hint: hintFor(cache, schema, name)
		}
	);
}

function hintFor(cache: SchemaCache, schema: string, name: string): string | null {
	const [overload] = cache.routines(schema, name);
	if (overload !== undefined) {
		const names = overload.parameters.map((parameter) => parameter.name).join(', ');
		return `Perhaps you meant to call the function ${schema}.${name}${names === '' ? '' : `(${names})`}`;
	}
	const similar = suggest(name, cache.routineNames(schema));
	return similar === null ? null : `Perhaps you meant to call the function ${schema}.${similar}`;
}
