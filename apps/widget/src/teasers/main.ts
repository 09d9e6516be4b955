import type { Teaser } from '@chatiq/contracts/site';
import { bootOf, siteOf, type Handover } from '../panel-api.ts';
import type { Chatiq } from '@chatiq/widget';
import { countVisits } from './count-visits.ts';
import { drawTeaser } from './draw-teaser.ts';
import { Memory } from './memory.ts';
import { Surroundings } from './surroundings.ts';

const lookMs = 1000;

/** Offers the first teaser whose conditions hold. Writes nothing unless a rule counts visits, and asks no server. */
export function start(...[answer, slot, config, , , , , language]: Handover): void {
	const root = slot.getRootNode() as ShadowRoot;
	const site = siteOf(answer);
	const { teasers = [], status } = site;
	// Who talks to us already is not offered a talk.
	if (bootOf(answer)?.conversation || !status) return;
	const memory = new Memory(config);
	const visits = teasers.some(({ when }) => when.min_visits) ? countVisits(memory) : 1;
	const surroundings = new Surroundings();
	// Installed before anything is fetched.
	const sdk = window.chtq as Chatiq;
	let shown: HTMLElement | null = null;

	const stop = () => {
		clearInterval(timer);
		surroundings.destroy();
		shown?.remove();
		sdk.off('open', stop);
	};

	const show = (teaser: Teaser, text: string) => {
		clearInterval(timer);
		shown = drawTeaser({
			...{ root, site, config, language, text },
			onanswer: () => {
				memory.closed(teaser);
				config.teaser = teaser.id;
				sdk.open();
			},
			onclose: () => {
				memory.closed(teaser);
				stop();
			}
		});
	};

	const look = () => {
		// Taken out of the page, or a page that offers no bubble now.
		if (!root.host.isConnected) {
			stop();
			return;
		}
		if (root.querySelector<HTMLElement>('.bubble')?.hidden) return;
		surroundings.look();
		const found = teasers.find(
			(teaser) => !memory.wasClosed(teaser) && surroundings.fit(teaser.when, status, visits)
		);
		const text = found?.texts[language] ?? found?.texts.en ?? found?.texts.uk;
		if (found && text) show(found, text);
	};

	const timer = setInterval(look, lookMs);
	sdk.on('open', stop);
}
