/**
 * Modules of Svelte as they would be if there were no transitions, no forks and nothing to wait for in templates:
 * then one batch of changes is done before the next begins, and what goes leaves at once. Same names, same calls.
 */

/** `reactivity/batch.js`: which effects run when. */
export const batch = `
import { BLOCK_EFFECT, BRANCH_EFFECT, CLEAN, DESTROYED, DIRTY, EFFECT, INERT, MAYBE_DIRTY, ROOT_EFFECT } from '#client/constants';
import { flush_tasks, queue_micro_task } from '../dom/task.js';
import * as e from '../errors.js';
import { is_dirty, update_effect } from '../runtime.js';
import { unlink_effect } from './effects.js';
import { old_values } from './sources.js';

export let current_batch = null;
export const previous_batch = null;
export const batch_values = null;
export let is_flushing_sync = false;
export let collected_effects = null;
export let legacy_updates = null;
export let eager_block_effects = null;
let is_processing = false;
let turns = 0;

export class Batch {
	started = false;
	#scheduled = [];

	static ensure() {
		if (current_batch === null) {
			const batch = (current_batch = new Batch());
			if (!is_processing && !is_flushing_sync) {
				queue_micro_task(() => {
					if (!batch.started) batch.flush();
				});
			}
		}
		return current_batch;
	}

	capture(source, value) {
		source.v = value;
	}

	schedule(effect) {
		this.#scheduled.push(effect);
	}

	flush() {
		try {
			is_processing = true;
			current_batch = this;
			this.#process();
		} finally {
			turns = 0;
			is_processing = false;
			current_batch = collected_effects = legacy_updates = null;
			old_values.clear();
		}
	}

	/** What render effects change while they run belongs to the next batch. */
	#process() {
		this.started = true;
		const effects = (collected_effects = []);
		const updates = (legacy_updates = []);
		while (this.#scheduled.length > 0) {
			if (turns++ > 1000) e.effect_update_depth_exceeded();
			for (const root of this.#roots()) {
				try {
					traverse(root, effects);
				} catch (error) {
					reset(root);
					throw error;
				}
			}
		}
		current_batch = collected_effects = legacy_updates = null;
		for (const effect of updates) Batch.ensure().schedule(effect);
		for (const effect of effects) run(effect);
		if (current_batch !== null) {
			old_values.clear();
			current_batch.#process();
		}
	}

	/** Where to begin to find what is scheduled, with the way to it marked. */
	#roots() {
		const roots = [];
		for (let effect of this.#scheduled) {
			if ((effect.f & DESTROYED) !== 0 || (effect.f & (DIRTY | MAYBE_DIRTY)) === 0) continue;
			let covered = false;
			while (!covered && effect.parent !== null) {
				effect = effect.parent;
				if ((effect.f & (ROOT_EFFECT | BRANCH_EFFECT)) !== 0) {
					if ((effect.f & CLEAN) === 0) covered = true;
					else effect.f ^= CLEAN;
				}
			}
			if (!covered) roots.push(effect);
		}
		this.#scheduled = [];
		return roots;
	}
}

/** Runs what renders, from the root on, and collects effects for afterwards. */
function traverse(root, effects) {
	root.f ^= CLEAN;
	let effect = root.first;
	while (effect !== null) {
		const flags = effect.f;
		const is_branch = (flags & (BRANCH_EFFECT | ROOT_EFFECT)) !== 0;
		const skipped = (is_branch && (flags & CLEAN) !== 0) || (flags & INERT) !== 0;
		if (!skipped && effect.fn !== null) {
			if (is_branch) effect.f ^= CLEAN;
			else if ((flags & EFFECT) !== 0) effects.push(effect);
			else if (is_dirty(effect)) update_effect(effect);
			if (effect.first !== null) {
				effect = effect.first;
				continue;
			}
		}
		while (effect !== null && effect.next === null) effect = effect.parent;
		if (effect !== null) effect = effect.next;
	}
}

/** After an error, so that the next change finds the way again. */
function reset(effect) {
	effect.f = (effect.f & ~(DIRTY | MAYBE_DIRTY)) | CLEAN;
	for (let child = effect.first; child !== null; child = child.next) reset(child);
}

const is_gone = (effect) => (effect.f & (DESTROYED | INERT)) !== 0;

function run(effect) {
	if (is_gone(effect) || !is_dirty(effect)) return;
	eager_block_effects = new Set();
	update_effect(effect);
	const { deps, first, nodes, teardown } = effect;
	if (deps === null && first === null && nodes === null && teardown === null) {
		unlink_effect(effect);
	}
	// Blocks that it has changed, before the next effect looks; what stands further out first.
	const blocks = [...eager_block_effects];
	eager_block_effects = null;
	if (blocks.length === 0) return;
	old_values.clear();
	const depth = (block) => (block.parent === null ? 0 : depth(block.parent) + 1);
	blocks.sort((a, b) => depth(a) - depth(b));
	for (const block of blocks) {
		if (!is_gone(block)) update_effect(block);
	}
}

export function flushSync(fn) {
	const before = is_flushing_sync;
	is_flushing_sync = true;
	try {
		let result;
		if (fn) {
			flushSync();
			result = fn();
		}
		for (;;) {
			flush_tasks();
			if (current_batch === null) return result;
			current_batch.flush();
		}
	} finally {
		is_flushing_sync = before;
	}
}

export const schedule_effect = (effect) => current_batch.schedule(effect);
export const eager = (fn) => fn();
export const fork = () => null;
export const clear = () => {};`;

/** `dom/blocks/branches.js`: what is there of \`{#if}\`, \`{@render}\` and components that change. */
export const branches = `
import { branch, destroy_effect } from '../../reactivity/effects.js';

export class BranchManager {
	#key = this;
	#shown = null;

	constructor(anchor) {
		this.anchor = anchor;
	}

	ensure(key, fn) {
		if (this.#key === key) return;
		const before = this.#shown;
		this.#key = key;
		this.#shown = fn && branch(() => fn(this.anchor));
		if (before) destroy_effect(before);
	}
}`;

/** `dom/blocks/each.js` without \`{:else}\`. */
export const each = `
import { EACH_INDEX_REACTIVE, EACH_IS_CONTROLLED, EACH_ITEM_IMMUTABLE, EACH_ITEM_REACTIVE } from '../../../../constants.js';
import { derived_safe_equal } from '../../reactivity/deriveds.js';
import { block, branch, destroy_effect } from '../../reactivity/effects.js';
import { internal_set, mutable_source, source } from '../../reactivity/sources.js';
import { get } from '../../runtime.js';
import { create_text, get_next_sibling } from '../operations.js';

export function index(_, i) {
	return i;
}

export function each(node, flags, get_collection, get_key, render_fn) {
	const anchor = (flags & EACH_IS_CONTROLLED) !== 0 ? node.appendChild(create_text()) : node;
	const array = derived_safe_equal(() => Array.from(get_collection() ?? []));
	/** By key, in the order in which they stand in the document. */
	let items = new Map();

	block(() => {
		const values = get(array);
		const keys = values.map(get_key);
		const wanted = new Set(keys);
		const standing = new Set();
		for (const [key, item] of items) {
			if (wanted.has(key)) standing.add(item);
			else destroy_effect(item.e);
		}
		const ordered = new Map();
		keys.forEach((key, i) => {
			// The first of those that have no new place yet.
			const [next] = standing;
			const before = next ? next.e.nodes.start : anchor;
			let item = items.get(key);
			if (item) {
				if (item.v) internal_set(item.v, values[i]);
				if (item.i) internal_set(item.i, i);
				if (item !== next) move(item.e.nodes, before);
				standing.delete(item);
			} else item = create_item(before, values[i], i);
			ordered.set(key, item);
		});
		items = ordered;
	});

	function create_item(before, value, i) {
		const immutable = (flags & EACH_ITEM_IMMUTABLE) !== 0;
		const changing = (flags & EACH_ITEM_REACTIVE) !== 0;
		const v = changing ? (immutable ? source(value) : mutable_source(value, false, false)) : null;
		const index = (flags & EACH_INDEX_REACTIVE) !== 0 ? source(i) : null;
		const render = () => void render_fn(before, v ?? value, index ?? i, get_collection);
		return { v, i: index, e: branch(render) };
	}
}

function move({ start, end }, before) {
	for (let node = start, next; node !== null; node = node === end ? null : next) {
		next = get_next_sibling(node);
		before.before(node);
	}
}`;
