import * as z from 'zod';
import { m } from '@chatiq/i18n/console';
import { plainText, toCsv as writeCsv } from '@chatiq/contracts/csv';
import { unknownVariable } from '../variables.ts';

const Language = z.enum(['en', 'uk']);

/** A ready answer, as it is written into a file and read from one. */
export interface TemplateText {
	shortcut: string;
	language: 'en' | 'uk';
	title: string;
	body: string;
	/** The name of the only site that it is for; empty for all. */
	site: string;
}

export interface ReadTemplates {
	templates: TemplateText[];
	/** What cannot be taken, in words, each with its place in the file. */
	problems: string[];
}

const columns = ['shortcut', 'language', 'title', 'body', 'site'] as const;
const form = /^[\p{L}\p{N}_-]{1,40}$/u;
const longest = { title: 120, body: 4000 };

/** What is wrong with one, in words; null when it can be stored. */
export function templateProblem({
	shortcut,
	title,
	body
}: Pick<TemplateText, 'shortcut' | 'title' | 'body'>): string | null {
	if (!form.test(shortcut) || shortcut !== shortcut.toLowerCase()) return m.set_shortcut_invalid();
	if (body.trim() === '') return m.set_template_empty();
	if (body.length > longest.body) return m.set_site_name_long({ max: longest.body });
	if (title.length > longest.title) return m.set_site_name_long({ max: longest.title });
	const unknown = unknownVariable(body);
	return unknown === undefined ? null : m.set_variable_unknown({ name: `{{${unknown}}}` });
}

export function toJson(templates: readonly TemplateText[]): string {
	return `${JSON.stringify(templates.map(plain), null, '\t')}\n`;
}

export const toCsv = (templates: readonly TemplateText[]): string =>
	writeCsv([columns, ...templates.map((template) => columns.map((name) => template[name]))]);

const plain = ({ shortcut, language, title, body, site }: TemplateText): TemplateText => ({
	...{ shortcut, language, title, body, site }
});

/** Reads what `toJson` or `toCsv` wrote, or what somebody made by hand; a site has to be one of these names. */
export function readTemplates(text: string, sites: readonly string[]): ReadTemplates {
	const clean = text.replace(/^\uFEFF/, '');
	const entries = /^\s*\[/.test(clean) ? entriesOfJson(clean) : entriesOfCsv(clean);
	if (!entries) return { templates: [], problems: [m.set_import_unreadable()] };
	const read: ReadTemplates = { templates: [], problems: [] };
	entries.forEach((entry, place) => {
		const template = templateOf(entry);
		const problem = template
			? (templateProblem(template) ?? siteProblem(template, sites))
			: m.set_import_columns();
		if (template && problem === null) read.templates.push(template);
		else read.problems.push(m.set_import_line({ place: place + 1, problem: problem ?? '' }));
	});
	return read;
}

/** One for a site that is not here would otherwise be for all. */
const siteProblem = ({ site }: TemplateText, sites: readonly string[]): string | null =>
	site === '' || sites.includes(site) ? null : m.set_import_site({ site });

type Entry = Record<string, unknown>;

function templateOf({ shortcut, language, title, body, site }: Entry): TemplateText | null {
	const known = Language.safeParse(language);
	if (typeof shortcut !== 'string' || typeof body !== 'string' || !known.success) return null;
	return {
		shortcut: shortcut.trim().replace(/^\//, ''),
		language: known.data,
		title: typeof title === 'string' ? title.trim() : '',
		body: body.trim(),
		site: typeof site === 'string' ? site.trim() : ''
	};
}

function entriesOfJson(text: string): Entry[] | null {
	try {
		const parsed: unknown = JSON.parse(text);
		return Array.isArray(parsed)
			? parsed.map((entry: unknown) => (typeof entry === 'object' && entry ? { ...entry } : {}))
			: null;
	} catch {
		return null;
	}
}

function entriesOfCsv(text: string): Entry[] | null {
	const [head, ...lines] = cells(text);
	const names = head?.map((name) => name.trim().toLowerCase()) ?? [];
	if (!names.includes('shortcut') || !names.includes('body')) return null;
	return lines
		.filter((line) => line.some((cell) => cell.trim() !== ''))
		.map((line) =>
			Object.fromEntries(names.map((name, place) => [name, plainText(line[place] ?? '')]))
		);
}

/** The lines of a CSV; a semicolon separates where spreadsheets write decimal commas. */
function cells(text: string): string[][] {
	const separator = /^[^"\r\n]*;/.test(text) ? ';' : ',';
	const lines: string[][] = [[]];
	let cell = '';
	let quoted = false;
	for (let at = 0; at <= text.length; at++) {
		const sign = text[at];
		if (quoted && sign === '"' && text[at + 1] === '"') {
			cell += sign;
			at++;
		} else if (sign === '"' && (quoted || cell === '')) quoted = !quoted;
		else if (
			sign !== undefined &&
			(quoted || !(sign === separator || sign === '\n' || sign === '\r'))
		)
			cell += sign;
		else if (sign !== '\r') {
			lines.at(-1)?.push(cell);
			cell = '';
			if (sign === '\n') lines.push([]);
		}
	}
	return lines;
}
