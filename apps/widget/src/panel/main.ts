import { flushSync, mount, unmount } from 'svelte';
import { importFile } from '../core/lazy.ts';
import {
	bootOf,
	siteOf,
	type Handover,
	type Language,
	type Panel,
	type Texts
} from '../panel-api.ts';
import PanelView from './Panel.svelte';
import { PanelState } from './panel-state.svelte.ts';

/** Put in by `scripts/build.ts`: the panel comes with the texts of one language, others have files of their own. */
declare const __LANGUAGE__: Language;
declare const __TEXTS__: Texts;
declare const __LANGUAGES__: Record<Language, string>;

async function textsOf(language: Language): Promise<Texts> {
	if (language === __LANGUAGE__) return __TEXTS__;
	const module = (await importFile(__LANGUAGES__[language])) as { default: Texts };
	return module.default;
}

/** Stage 2: draws the panel into the loader's shadow root. */
export function start(...handover: Handover): Panel {
	const [answer, slot, config, emit, setOpen, applySite, complain, language] = handover;
	// What it may have said before the panel came was an alert.
	slot.role = slot.textContent = '';
	const button = slot.nextElementSibling as HTMLElement;
	const context = {
		...{ slot, button, config, emit, setOpen, applySite, complain },
		root: slot.getRootNode() as ShadowRoot,
		site: siteOf(answer),
		boot: bootOf(answer),
		language: __LANGUAGE__
	};
	const state = new PanelState({ ...context, texts: __TEXTS__ });
	const view = mount(PanelView, { target: slot, props: { state, context } });
	// The browser's first date takes as long as ten messages: not while these are drawn.
	setTimeout(() => state.wording.time(state.site.updated_at));
	let opening: ReturnType<typeof setTimeout> | undefined;
	let wanted: Language = __LANGUAGE__;
	const setLanguage = (next: Language) => {
		if (wanted === next) return;
		wanted = next;
		textsOf(next).then(
			(texts) => {
				if (wanted !== next) return;
				state.setLanguage(next, texts);
			},
			() => (wanted = state.language) // The old language stays.
		);
	};
	setLanguage(language);
	return {
		setOpen: (open) => {
			clearTimeout(opening);
			// In a task of its own, so that the click is answered before there is anything to draw.
			if (open) opening = setTimeout(() => state.setOpen(true));
			else {
				flushSync(() => state.setOpen(false));
				button.focus({ preventScroll: true });
			}
			emit(open ? 'open' : 'close');
		},
		setLanguage,
		identify: (identity) => state.identify(identity),
		logout: () => state.logout(),
		destroy: () => {
			clearTimeout(opening);
			state.destroy();
			void unmount(view);
		}
	};
}
