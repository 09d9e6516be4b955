import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { batch, branches, each } from './lean-modules.ts';

interface Replacement {
	/** The end of the address of a module of Svelte. */
	module: string;
	/** Takes its place, unless a source has this. */
	source: string;
	unless?: RegExp;
	/** How the SHA-256 of what it stands for begins, where it does more than leave something out. */
	hash?: string;
}

const transitions = /\s(?:transition|in|out):\w/;

const replacements: Replacement[] = [
	{
		// Svelte guards what only serves the hydration of server-rendered pages by `if (hydrating)`, so that it
		// falls away where nobody hydrates. With a constant it does so for this bundler too.
		module: 'svelte/src/internal/client/dom/hydration.js',
		source: `
export const hydrating = false;
export const hydrate_node = null;
export const set_hydrating = () => {};
export const set_hydrate_node = (node) => node;
export const hydrate_next = () => null;
export const reset = /*@__NO_SIDE_EFFECTS__*/ () => {};
export const hydrate_template = /*@__NO_SIDE_EFFECTS__*/ () => {};
export const next = /*@__NO_SIDE_EFFECTS__*/ () => {};
export const skip_nodes = () => null;
export const read_hydration_instruction = () => '';`
	},
	{
		// `mount` puts a boundary around everything; without one, errors go on to the page's console as well.
		module: 'svelte/src/internal/client/dom/blocks/boundary.js',
		source: `
import { branch } from '../../reactivity/effects.js';
export const boundary = (node, props, children) => void branch(() => children(node));
export class Boundary {}
export const pending = () => 0;`,
		unless: /<svelte:boundary/
	},
	{
		// Deep state.
		module: 'svelte/src/internal/client/proxy.js',
		source: `
export const proxy = (value) => value;
export const get_proxied_value = (value) => value;
export const is = Object.is;`,
		unless: /\$state\(/
	},
	{
		// What waits for promises in templates.
		module: 'svelte/src/internal/client/reactivity/async.js',
		source: `
import { derived } from './deriveds.js';
export const flatten = (blockers, sync, async, fn) => void fn(sync.map(derived));
export const run_after_blockers = (blockers, fn) => void fn();
export const capture = () => () => {};
export const save = (promise) => promise;
export const track_reactivity_loss = (promise) => promise;
export const for_await_track_reactivity_loss = (iterable) => iterable;
export const unsave = (value) => value;
export const unset_context = () => {};
export const run = () => [];
export const wait = () => Promise.resolve();
export const increment_pending = () => () => {};`,
		unless: /\{#await/
	},
	{
		// Events are listened to where they are handled. Delegation would listen on the page's document as well, and
		// write `currentTarget` onto each event of the page.
		module: 'svelte/src/internal/client/dom/elements/events.js',
		source: `
import { queue_micro_task } from '../task.js';
import { without_reactive_context } from './bindings/shared.js';
export const event_symbol = null;
export const all_registered_events = [];
export const root_event_handles = new Set();
export const replay_events = () => {};
export const create_event = (name, element, handler, options) => {
	const listener = function (event) {
		return without_reactive_context(() => handler?.call(this, event));
	};
	const listen = () => element.addEventListener(name, listener, options);
	// Chromium: pointer events are not heard by what was cloned and is not in the document yet.
	if (/^(pointer|touch|wheel)/.test(name)) queue_micro_task(listen);
	else listen();
	return listener;
};
export const on = (element, name, handler, options) => {
	const listener = create_event(name, element, handler, options);
	return () => element.removeEventListener(name, listener, options);
};
export const event = (name, element, handler, capture, passive) =>
	void create_event(name, element, handler, { capture, passive });
export const delegated = (name, element, handler) => void create_event(name, element, handler);
export const delegate = () => {};
export const handle_event_propagation = () => {};
export const apply = (thunk, element, args) => thunk()?.apply(element, args);`,
		unless: /<svelte:(window|document|body)|<[a-z][^>]*\{\.\.\./
	},
	{
		// `bind:this` of elements to variables, not of components or into lists.
		module: 'svelte/src/internal/client/dom/elements/bindings/this.js',
		source: `
import { effect } from '../../../reactivity/effects.js';
import { untrack } from '../../../runtime.js';
export const bind_this = (element, update) =>
	void effect(() => {
		untrack(() => update(element));
		return () => update(null);
	});`,
		unless: /bind:this=\{\w+[.[]|<[A-Z][^>]*bind:this/
	},
	{
		// Classes are texts and lists of texts, styles are `style:name={…}` or a text.
		module: 'svelte/src/internal/shared/attributes.js',
		source: `
export const attr = () => '';
export const clsx = (value) => (Array.isArray(value) ? value.filter(Boolean).join(' ') : (value ?? ''));
export const to_class = (value) => (value ? '' + value : null);
export const to_style = (value, styles) => {
	let style = value ? value + ';' : '';
	for (const name in styles) {
		if (styles[name] != null && styles[name] !== '') style += name + ':' + styles[name] + ';';
	}
	return style || null;
};`,
		unless: /class=\{\{|\sclass:|\|important|<style/
	},
	{
		module: 'svelte/src/internal/client/reactivity/batch.js',
		source: batch,
		unless: /<svelte:boundary|\{#await|\{@const .*await |\$state\.eager|\bfork\b.* from 'svelte'/,
		hash: '82192a728e23292d'
	},
	{
		module: 'svelte/src/internal/client/dom/blocks/branches.js',
		source: branches,
		unless: transitions,
		hash: '01d3b5e6144a2f94'
	},
	{
		module: 'svelte/src/internal/client/dom/blocks/each.js',
		source: each,
		unless: new RegExp(`${transitions.source}|\\sanimate:`),
		hash: 'd85ceac475198400'
	}
];

interface Assumption {
	text: RegExp;
	/** What it always is here. */
	value: string;
	unless?: RegExp;
}

/** What Svelte asks itself and what is certain here, so that one side of each question falls away. */
const assumptions: Assumption[] = [
	{
		text: /\b(?:current_batch\?|batch|this)\.is_fork\b(?! =)/g,
		value: 'false',
		unless: /\bfork\b.* from 'svelte'/
	},
	{ text: /\bvar runes = is_runes\(\)/g, value: 'const runes = true' },
	{ text: /(?<!function )\bis_runes\(\)/g, value: 'true' },
	// Errors go to the page's console: see `boundary.js` above.
	{
		text: /\(effect\.f & BOUNDARY_EFFECT\) !== 0/g,
		value: 'false',
		unless: /<svelte:boundary/
	},
	{ text: /\berror === HYDRATION_ERROR/g, value: 'false' },
	// What only forks and `$state.eager` need, see `batch.js`.
	{ text: /\bcurrent_batch\?\.register_created_effect\(effect\);/g, value: '' },
	{ text: /\beager_effects\.size > 0/g, value: 'false' },
	{ text: /\(flags & EAGER_EFFECT\) !== 0/g, value: 'false' },
	{ text: /\boptions\.outro\b/g, value: 'false', unless: transitions },
	{ text: /\bvar bindable = .+?;/g, value: 'const bindable = false;', unless: /\$bindable\(/ },
	{ text: /\bvar runes = !legacy_mode_flag .+?;/g, value: 'const runes = true;' },
	// Properties on the page's `Element.prototype` and `Text.prototype`, for a little speed.
	{ text: /\bis_extensible\((?:element|text)_prototype\)/g, value: 'false' },
	// Aborting what an effect has begun.
	...[
		{ text: /\b(?:e|reaction|derived)\.ac !== null/g, value: 'false' },
		{ text: /(?<=\be\.teardown) \|\| e\.ac\b/g, value: '' },
		{ text: /(?<=\bconst controller = )effect\.ac;/g, value: 'null;' },
		{ text: /\bnew \(class StaleReactionError [^]*?\}\)\(\)/g, value: 'null' }
	].map((assumption) => ({ ...assumption, unless: /\bgetAbortSignal\b/ })),
	// What is remembered of elements for attributes that are spread.
	{
		text: /\{\s*\[IS_CUSTOM_ELEMENT\][^]*?\}/g,
		value: '{}',
		unless: /<[a-z][^>]*\{\.\.\./
	},
	{ text: /\battribute === 'loading'/g, value: 'false', unless: /\sloading=\{/ },
	// Mistakes that this panel would make everywhere: tests of its parts run with Svelte as it is.
	{ text: /(?<=\bfunction validate_effect\(rune\) )\{[^]*?\n\}/g, value: '{}' },
	{ text: /\bif \(\s*active_reaction !== null &&[^]*?state_unsafe_mutation\(\);\s*\}/g, value: '' },
	{ text: /\bw\.derived_inert\(\);/g, value: '' },
	// `mount` with context, events or an anchor; one that is in no document of XML.
	{ text: /\bif \(context\) ctx\.c = context;/g, value: '' },
	{ text: /\bif \(events\) \{[^]*?\n\t\t\t\t\}/g, value: '' },
	{ text: /\banchor \?\? target/g, value: 'target' },
	{ text: /\banchor_node !== anchor\b/g, value: 'true' },
	{ text: /\bevent_handle\(array_from\(all_registered_events\)\);/g, value: '' },
	{ text: /\broot_event_handles\.(?:add|delete)\(event_handle\);/g, value: '' },
	{ text: /(?<=\bIS_XHTML =)[^]*?;/g, value: ' false;' },
	// What delegation needs: see `events.js` above.
	{ text: /(?<=\bvar event_handle = \(events\) => )\{[^]*?\n\t\t\}(?=;)/g, value: '{}' },
	{ text: /\bfor \(var event_name of registered_events\) \{[^]*?\n\t\t\t\}/g, value: '' }
];

/** Svelte without what the sources in `root` do not use: 6 KB of the panel. */
export function leanSvelte(root: string): Plugin {
	const sources = globSync('src/**/*.{svelte,svelte.ts}', { cwd: root });
	const holds = ({ unless }: { unless?: RegExp }) => {
		const user = sources.find((file) => unless?.test(readFileSync(`${root}/${file}`, 'utf8')));
		if (user !== undefined)
			console.log(`${user} has ${unless?.source ?? ''}, which makes the panel heavier.`);
		return user === undefined;
	};
	const used = replacements.filter(holds);
	const certain = assumptions.filter(holds);
	const found = new Set<Assumption>();
	return {
		name: 'lean-svelte',
		enforce: 'pre',
		load(id) {
			const other = used.find(({ module }) => id.endsWith(module));
			if (!other) return null;
			const own = readFileSync(id, 'utf8');
			const known = other.hash === undefined || sha256(own).startsWith(other.hash);
			if (known && exportsOf(other.source) === exportsOf(own)) return other.source;
			throw new Error(`${other.module} is not what it was: look at lean-svelte.ts.`);
		},
		transform(code, id) {
			if (!id.includes('/svelte/src/')) return null;
			return certain.reduce((lean, assumption) => {
				const leaner = lean.replace(assumption.text, assumption.value);
				if (leaner !== lean) found.add(assumption);
				return leaner;
			}, code);
		},
		buildEnd(error) {
			const gone = error ? undefined : certain.find((assumption) => !found.has(assumption));
			if (gone)
				throw new Error(`Svelte has no ${gone.text.source} any more: look at lean-svelte.ts.`);
		}
	};
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const exportsOf = (code: string) =>
	[...code.matchAll(/^export (?:let|const|class|(?:async )?function\*?) (\w+)/gm)]
		.map(([, name]) => name)
		.sort()
		.join();
