import { flushSync, mount, unmount } from 'svelte';
import { importFile } from '../core/lazy.ts';
import type { Language, Panel, PanelContext, Texts } from '../panel-api.ts';
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
export function start(context: PanelContext): Panel {
	const state = new PanelState({ ...context, language: __LANGUAGE__, texts: __TEXTS__ });
	const { slot, button, emit } = context;
	const view = mount(PanelView, { target: slot, props: { state, context } });
	let opening: ReturnType<typeof setTimeout> | undefined;
	let wanted: Language = __LANGUAGE__;
	const setLanguage = (language: Language) => {
		if (wanted === language) return;
		wanted = language;
		textsOf(language).then(
			(texts) => {
				if (wanted !== language) return;
				state.setLanguage(language, texts);
			},
			() => (wanted = state.language) // The old language stays.
		);
	};
	setLanguage(context.language);
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
