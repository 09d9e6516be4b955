import { fuzzyMatch } from '@supabase/lite';
import type { AnyAST, IntrospectResult } from '@supabase/lite';
import { requestScope } from './request-scope.ts';
import { restError } from './rest-errors.ts';

/**
 * Leaves the refusal with the request, for withContext() to answer: lite prints every error that is
 * thrown here, with its stack.
 */
export function refuseUnknownTable(ast: AnyAST, schema: IntrospectResult): void {
	const { from, schema: inSchema = 'public' } = ast;
	const scope = requestScope.getStore();
	if (from === undefined || scope === undefined) return;
	const relations = [...schema.tables, ...schema.views].filter(
		(relation) => relation.schema === inSchema
	);
	if (relations.some(({ name }) => name === from)) return;
	const similar = fuzzyMatch(
		from,
		relations.map(({ name }) => name)
	);
	scope.refusal = restError(404, {
		code: 'PGRST205',
		message: `Could not find the table '${inSchema}.${from}' in the schema cache`,
		details: null,
		hint: similar === null ? null : `Perhaps you meant the table '${inSchema}.${similar}'`
	});
}
