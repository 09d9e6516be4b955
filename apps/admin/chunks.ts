import { join } from 'node:path';
import type { Rolldown } from 'vite';

type Groups = Rolldown.CodeSplittingGroup[];
type Context = Parameters<Extract<Rolldown.CodeSplittingGroup['name'], CallableFunction>>[1];

const routes = join(import.meta.dirname, 'src/routes');

/** Kit loads these with every page. */
const always = ['+layout.svelte', '+error.svelte'];
const account = [...always, 'login/+page.svelte'];
const frame = [...always, '(app)/+layout.svelte'];
const inbox = ['(app)/inbox/+layout.svelte', '(app)/inbox/+page.svelte'];
const conversation = ['(app)/inbox/[conversation]/+page.svelte'];

const sessionDialog = ['../lib/session/SessionDialog.svelte'];
const desk = [...frame, ...inbox, ...conversation];

/**
 * What pages share, by the page that pays: a module is in the first area all of whose groups of pages import it. So
 * a page loads no area that it has no part in, and nothing that only other pages share.
 */
const areas = [
	{ name: 'entry', groups: [account, desk] },
	{ name: 'frame', groups: [frame] },
	{ name: 'inbox', groups: [inbox] },
	// Fetched after every page, for when it is needed: before those it shares something with, or it brings all of theirs.
	{ name: 'fields', groups: [account, sessionDialog] },
	{ name: 'dialog', groups: [sessionDialog] },
	{ name: 'account', groups: [account] },
	{ name: 'conversation', groups: [conversation] }
];

const framework =
	/node_modules[\\/](svelte|clsx|devalue|@sveltejs[\\/]kit)[\\/]|vite[\\/]preload-helper/;
/**
 * Kit's build looks for the files that begin with the first three; the settings of the environment are read when their
 * module runs, which must be after Kit has them; the inbox has no forms.
 */
const apart =
	/runtime[\\/](client[\\/](entry|client-entry|payload)\.js$|app[\\/](forms|env[\\/]public))/;

/** Few files for each page: alone, Rolldown makes a crumb for every set of pages that share something. */
export function chunkGroups(): Groups {
	const reached = new Map<string[], ReadonlySet<string>>();
	const reach = (pages: string[], context: Context): ReadonlySet<string> => {
		const modules = reached.get(pages) ?? reachable(pages, context);
		reached.set(pages, modules);
		return modules;
	};
	return [
		{
			// What of the framework only rare pages use comes with them.
			name: (id: string, context: Context) =>
				[account, desk].some((pages) => reach(pages, context).has(id)) ? 'base' : null,
			test: (id) => framework.test(id) && !apart.test(id)
		},
		{ name: 'backend', test: /node_modules[\\/]@supabase[\\/]/ },
		...areas.map(({ name, groups }) => ({
			name: (id: string, context: Context) =>
				groups.every((pages) => reach(pages, context).has(id)) ? name : null,
			minShareCount: 2
		})),
		{
			name: 'others',
			test: /src[\\/](lib[\\/](ui|i18n)|gen)[\\/]|@lucide/,
			minShareCount: 2
		}
	];
}

/** The pages and all they import, but for what they load later. */
function reachable(pages: string[], context: Context): ReadonlySet<string> {
	const seen = new Set<string>();
	const visit = (id: string): void => {
		if (seen.has(id)) return;
		seen.add(id);
		const info = context.getModuleInfo(id);
		for (const next of info?.importedIds ?? []) {
			if (!catalogue.test(next)) visit(next);
			else for (const text of textsIn(info?.code ?? '')) visit(next.replace(catalogue, text));
		}
	};
	for (const page of pages) visit(join(routes, page));
	return seen;
}

/** It imports every text there is; each is a module of its own. */
const catalogue = /messages\.js$/;

function textsIn(code: string): string[] {
	return [...code.matchAll(/\bm\.(\w+)/g)].map(([, key]) => `messages/${String(key)}.js`);
}
