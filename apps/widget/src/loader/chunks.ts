import type { Complaint } from '../complaints/main.ts';
import type { Handover, Language, Panel } from '../panel-api.ts';
import { config } from './config.ts';
import { element } from './element.ts';
import { script } from './script.ts';

/** Files beside this one: the panel with the texts of a language, and what few pages need. */
interface Chunks extends Record<`panel-${Language}`, (...handover: Handover) => Panel> {
	teasers: (...handover: Handover) => void;
	complaints: (complaint: Complaint) => void;
}

/** Made of the contents of all of them by `scripts/build.ts`; ends their names. */
declare const __HASH__: string;

const addressOf = (name: keyof Chunks) =>
	new URL(`widget/${name}-${__HASH__}.js`, script.src || config.apiUrl) as unknown as string;

/**
 * What a file is there to do. Browsers remember a failed import (or preload) by its address, so it gets another
 * fragment.
 */
export const load = <Name extends keyof Chunks>(name: Name): Promise<Chunks[Name]> =>
	import(/* @vite-ignore */ addressOf(name))
		.catch(() => import(/* @vite-ignore */ `${addressOf(name)}#${Math.random()}`))
		.then((module: { start: Chunks[Name] }) => module.start);

/** For what nobody misses where it fails. */
export const quietly = (task: Promise<unknown>) => void task.catch(() => undefined);

/** Tells the customer's developer, in words that come when there is something to tell. */
export const complain = (complaint: Complaint) =>
	quietly(load('complaints').then((start) => start(complaint)));

/** Fetches without running, and not where bytes are dear. */
export const preload = (name: keyof Chunks): Node | string => {
	const { connection } = navigator as {
		connection?: { saveData: boolean; effectiveType: string };
	};
	return connection?.saveData || /2g/.test(connection?.effectiveType as string)
		? ''
		: element('link', { rel: 'modulepreload', nonce: script.nonce, href: addressOf(name) });
};
