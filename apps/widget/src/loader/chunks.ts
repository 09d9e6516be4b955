import type { Complaint } from '../complaints/main.ts';
import type { Language, PanelModule } from '../panel-api.ts';
import type { TeaserContext } from '../teasers/main.ts';
import { element } from './element.ts';

/** Files beside this one: the panel with the texts of a language, and what few pages need. */
interface Chunks extends Record<`panel-${Language}`, PanelModule> {
	teasers: { start: (context: TeaserContext) => void };
	complaints: { complain: (complaint: Complaint) => void };
}

/** Made of the contents of all of them by `scripts/build.ts`; ends their names. */
declare const __HASH__: string;

let base = '';
let tries = 0;

/** To be called first. */
export const findChunksAt = (address: string) => {
	base = new URL('widget/', address).href;
};

const addressOf = (name: keyof Chunks) => `${base + name}-${__HASH__}.js`;

/** Browsers remember a failed import (or preload) by its address, so it gets another fragment. */
export function importChunk<Name extends keyof Chunks>(name: Name): Promise<Chunks[Name]> {
	const load = (fragment = '') => import(/* @vite-ignore */ addressOf(name) + fragment);
	return load().catch(() => load(`#${++tries}`)) as Promise<Chunks[Name]>;
}

/** For what nobody misses where it fails. */
export const quietly = (task: Promise<unknown>) => void task.catch(() => undefined);

/** Tells the customer's developer, in words that come when there is something to tell. */
export const complain = (complaint: Complaint) =>
	quietly(importChunk('complaints').then((chunk) => chunk.complain(complaint)));

/** Fetches without running, and not where bytes are dear. */
export function preload(name: keyof Chunks, nonce = ''): Node | string {
	const { saveData, effectiveType } =
		(navigator as { connection?: { saveData: boolean; effectiveType: string } }).connection ?? {};
	if (saveData || /2g/.test(`${effectiveType}`)) return '';
	return element('link', { rel: 'modulepreload', nonce, href: addressOf(name) });
}
