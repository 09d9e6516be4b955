import { callSql } from './call-sql.ts';
import { RestFailure } from './failure.ts';
import { findRoutine } from './find-routine.ts';
import { parseQuery } from './parse-query.ts';
import { readArguments } from './payload.ts';
import { answerRead, contentLocation, readPlan, refuseTooMany } from './plan.ts';
import type { Outcome, Plan, Wish } from './plan.ts';
import { appliedPreferences } from './preferences.ts';
import { applyRange } from './range.ts';
import { buildTree } from './read-tree.ts';
import { identifier, Parameters } from './sql.ts';

/** GET, HEAD or POST of a function. */
export function planCall(wish: Wish): Plan {
	if (!['GET', 'HEAD', 'POST'].includes(wish.method)) {
		throw new RestFailure(405, 'PGRST101', `Cannot use the ${wish.method} method on RPC`);
	}
	const reads = wish.method !== 'POST';
	const query = parseQuery(wish.parameters, reads);
	const input = reads ? fromUrl(query.arguments) : fromBody(wish, query.columns);
	const routine = findRoutine(wish.cache, wish.schema, wish.name, input);
	const { table, returns, returnsSet } = routine;
	if (wish.preferences.maxAffected !== null && !returnsSet) throw notASet();
	const name = table?.name ?? 'pgrst_call';
	const options = { ...wish, maxRows: returnsSet ? wish.maxRows : null, filterRoot: true };
	const node = buildTree(query, { table, name }, options);
	applyRange(node, wish.headers.get('range'));
	const parameters = new Parameters();
	const source = callSql(routine, input, identifier(name), parameters);
	const shape = { scalar: returns !== 'composite', single: !returnsSet };
	const plan = readPlan(wish, node, source, parameters, shape);
	const applied = appliedPreferences(wish.preferences, [
		'count',
		'handling',
		'timezone',
		'maxAffected'
	]);
	const { kind } = wish.format;
	return {
		...plan,
		readOnly: reads || !routine.volatile,
		settings: routine.settings,
		undecided:
			!reads &&
			routine.volatile &&
			(kind === 'object' ||
				plan.guessed !== null ||
				wish.preferences.count !== null ||
				wish.preferences.maxAffected !== null),
		answer(result, guess): Outcome {
			refuseTooMany(wish.preferences, result.shown);
			const { status, body, headers } = answerRead(wish, node, result, guess);
			if (reads)
				headers['content-location'] = contentLocation(`/rpc/${wish.name}`, wish.parameters);
			if (applied !== '') headers['preference-applied'] = applied;
			if (returns !== 'void' || returnsSet) return { status, body, headers };
			delete headers['content-type'];
			return { status: 204, body: null, headers };
		}
	};
}

function fromUrl(query: [name: string, value: string][]) {
	const keys = [...new Set(query.map(([name]) => name))];
	return { keys, contentType: null, body: '', query };
}

function fromBody(wish: Wish, columns: readonly string[] | null) {
	const contentType = wish.contentType.split(';')[0]?.trim().toLowerCase() ?? '';
	if (['text/plain', 'text/xml'].includes(contentType)) {
		return { keys: [], contentType, body: wish.body, query: [] };
	}
	if (contentType === 'application/octet-stream') {
		const body = `\\x${Buffer.from(wish.body, 'latin1').toString('hex')}`;
		return { keys: [], contentType, body, query: [] };
	}
	const { json, keys } = readArguments(wish.body, wish.contentType);
	return { keys: columns ?? keys, contentType: 'application/json', body: json, query: [] };
}

function notASet(): RestFailure {
	return new RestFailure(
		400,
		'PGRST128',
		'Function must return SETOF or TABLE when max-affected preference is used with handling=strict'
	);
}
