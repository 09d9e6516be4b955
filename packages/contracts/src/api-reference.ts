import { openApi } from './openapi.ts';

type Json = Record<string, unknown>;

const escaped: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: unknown) =>
	String(text).replace(/[&<>"]/g, (character) => escaped[character] ?? character);
/** Text of ours, in which only `code` is marked up. */
const prose = (text: unknown) => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');

const style = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--muted:light-dark(#565c66,#a8afba)}
body{font:16px/1.55 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.1rem;margin:2.5rem 0 .3rem;scroll-margin-top:1rem}h3{font-size:.85rem;margin:1rem 0 .3rem;color:var(--muted)}
code,pre{font:.85em/1.5 ui-monospace,monospace}code{overflow-wrap:anywhere}pre{background:var(--soft);padding:.75rem 1rem;border-radius:.5rem;overflow:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{text-align:start;padding:.3rem .6rem .3rem 0;border-top:1px solid var(--line);vertical-align:top}
nav ul{list-style:none;padding:0}a{color:light-dark(#1d4fd7,#8ab0ff)}.method{font-weight:600}`;

/** What the page is answered with: it needs nothing but itself. */
export const apiReferenceHeaders = {
	'content-type': 'text/html; charset=utf-8',
	'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
	'x-content-type-options': 'nosniff'
};

/** The reference as one page without scripts, made of the description of the API at this address. */
export function apiReference(url: string): string {
	const { info, paths, components } = openApi(url) as {
		info: Json;
		paths: Record<string, Record<string, Json>>;
		components: { schemas: Record<string, Json> };
	};
	const operations = Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
	);
	return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escape(info['title'])}</title><style>${style}</style></head><body><main>
<h1>${escape(info['title'])}</h1><p>${prose(info['description'])}</p>
<pre tabindex="0">curl ${escape(url)}/conversations \\
  -H "Authorization: Bearer ciq_…"</pre>
<p>Described in <a href="${escape(url)}/openapi.json">OpenAPI 3.1</a>, to generate clients from.</p>
<nav aria-label="Operations"><ul>${operations
		.map(
			({ path, method, operation }) =>
				`<li><a href="#${escape(operation['operationId'])}"><code>${method.toUpperCase()} ${escape(path)}</code></a> ${escape(operation['summary'])}</li>`
		)
		.join('')}</ul></nav>
${operations.map(section).join('')}
${Object.entries(components.schemas)
	.map(([name, schema]) => `<h2 id="schema-${name}">${name}</h2>${fields(schema)}`)
	.join('')}</main></body></html>`;
}

function section({ path, method, operation }: { path: string; method: string; operation: Json }) {
	const {
		operationId,
		summary,
		description,
		parameters = [],
		requestBody,
		responses
	} = operation as {
		operationId: string;
		summary: string;
		description: string;
		parameters?: { name: string; in: string; required?: boolean; schema: Json }[];
		requestBody?: { content: Record<string, { schema: Json }> };
		responses: Record<string, { description: string }>;
	};
	const body = requestBody?.content['application/json']?.schema;
	return `<section><h2 id="${escape(operationId)}">${escape(summary)}</h2>
<p class="method"><code>${method.toUpperCase()} ${escape(path)}</code></p><p>${prose(description)}</p>
${parameters.length > 0 ? `<h3>Parameters</h3><table>${parameters.map((parameter) => row(parameter.name, parameter.schema, parameter.required ?? false)).join('')}</table>` : ''}
${body ? `<h3>Body</h3>${fields(body)}` : ''}
<h3>Answers</h3><table>${Object.entries(responses)
		.map(
			([status, answer]) =>
				`<tr><td><code>${status}</code></td><td>${prose(answer.description)}</td></tr>`
		)
		.join('')}</table></section>`;
}

function fields(schema: Json): string {
	const { properties = {}, required = [] } = schema as {
		properties?: Record<string, Json>;
		required?: string[];
	};
	return `<table>${Object.entries(properties)
		.map(([name, property]) => row(name, property, required.includes(name)))
		.join('')}</table>`;
}

const row = (name: string, schema: Json, required: boolean) =>
	`<tr><td><code>${escape(name)}</code></td><td>${escape(typeName(schema))}</td><td>${required ? 'required' : ''}</td></tr>`;

function typeName(schema: Json): string {
	const {
		type,
		format,
		enum: values,
		anyOf,
		items,
		maximum,
		maxLength
	} = schema as {
		type?: string | string[];
		format?: string;
		enum?: string[];
		anyOf?: Json[];
		items?: Json;
		maximum?: number;
		maxLength?: number;
	};
	if (anyOf) return anyOf.map(typeName).join(' or ');
	if (values) return values.map((value) => `"${value}"`).join(' | ');
	if (items) return `list of ${typeName(items)}`;
	const limit = maxLength
		? `, ${maxLength} characters at most`
		: maximum && maximum < 1000
			? `, ${maximum} at most`
			: '';
	return `${[type].flat().join(' or ')}${format ? ` (${format})` : ''}${limit}`;
}
