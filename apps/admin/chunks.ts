import { join } from 'node:path';
import type { Rolldown } from 'vite';

type Groups = Extract<
	NonNullable<Rolldown.OutputOptions['codeSplitting']>,
	{ groups?: unknown }
>['groups'];
type Context = Parameters<Extract<Rolldown.CodeSplittingGroup['name'], CallableFunction>>[1];

const routes = join(import.meta.dirname, 'src/routes');

/**
 * What pages share, by the page that pays: a module is in the first area whose pages import it, so a page loads its
 * own area and those above it, and nothing that only other pages share.
 */
const areas = [
	{ name: 'entry', pages: ['+layout.svelte', '+error.svelte', 'login/+page.svelte'] },
	{ name: 'frame', pages: ['(app)/+layout.svelte'] },
	{ name: 'inbox', pages: ['(app)/inbox/+layout.svelte', '(app)/inbox/+page.svelte'] },
	{ name: 'conversation', pages: ['(app)/inbox/[conversation]/+page.svelte'] }
];

const framework =
	/node_modules[\\/](svelte|clsx|devalue|@sveltejs[\\/]kit)[\\/]|vite[\\/]preload-helper/;
/** Kit's build looks for the files that begin with these. */
const started = /runtime[\\/]client[\\/](entry|client-entry|payload)\.js$/;

/** Few files for each page: alone, Rolldown makes a crumb for every set of pages that share something. */
export function chunkGroups(): Groups {
	const reached = new Map<string, ReadonlySet<string>>();
	const inArea = (name: string, pages: string[]) => (id: string, context: Context) => {
		const modules = reached.get(name) ?? reachable(pages, context);
		reached.set(name, modules);
		return modules.has(id) ? name : null;
	};
	return [
		{
			name: 'base',
			test: (id) => framework.test(id) && !started.test(id)
		},
		{ name: 'backend', test: /node_modules[\\/]@supabase[\\/]/ },
		...areas.map(({ name, pages }) => ({ name: inArea(name, pages), minShareCount: 2 })),
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
