/** Variables of quick templates, as the database allows them (`app.known_variables`). */
export const variables = [
	'visitor_name',
	'visitor_email',
	'operator_name',
	'operator_signature',
	'site_name',
	'organization_name',
	'page_url'
] as const;

export type Variable = (typeof variables)[number];

/** What is known; the rest is null or empty. */
export type Values = Partial<Record<Variable, string | null>>;

const known = new Set<string>(variables);
const pattern = /\{\{\s*([^{}]*?)\s*\}\}/g;

const isVariable = (name: string): name is Variable => known.has(name);

/** What a text asks for, known or not. */
export const namesIn = (text: string): string[] =>
	[...text.matchAll(pattern)].map(([, name = '']) => name);

/** Puts in what is known; what is not stays as it is written, to be seen and replaced. */
export function fill(text: string, values: Values): string {
	return text.replace(pattern, (written, name: string) =>
		isVariable(name) ? values[name] || written : written
	);
}

/** A stretch of text, or the name of a variable that is not filled in. */
export type Part = { text: string; variable: Variable | null; from: number };

export function partsOf(text: string): Part[] {
	const parts: Part[] = [];
	let from = 0;
	for (const { 0: written, 1: name = '', index } of text.matchAll(pattern)) {
		if (!isVariable(name)) continue;
		if (index > from) parts.push({ text: text.slice(from, index), variable: null, from });
		parts.push({ text: written, variable: name, from: index });
		from = index + written.length;
	}
	if (from < text.length) parts.push({ text: text.slice(from), variable: null, from });
	return parts;
}

/** The variables that a text still asks for, each once. */
export function gapsOf(text: string): Variable[] {
	return [...new Set(partsOf(text).flatMap(({ variable }) => variable ?? []))];
}
