/** What texts of rules and templates may hold, as `app.known_variables` has it. */
export const variables = [
	'visitor_name',
	'visitor_email',
	'operator_name',
	'operator_signature',
	'site_name',
	'organization_name',
	'page_url'
] as const;

/** The first variable of a text that nothing can fill in. */
export function unknownVariable(text: string): string | undefined {
	const named = [...text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map(([, name = '']) => name);
	return named.find((name) => !variables.some((known) => known === name));
}
