import { flushSync, mount, unmount } from 'svelte';
import type { Panel, PanelContext } from '../panel-api.ts';
import PanelView from './Panel.svelte';
import { PanelState } from './panel-state.svelte.ts';

/** Stage 2: draws the panel into the loader's shadow root. */
export function start(context: PanelContext): Panel {
	const state = new PanelState(context);
	const view = mount(PanelView, { target: context.slot, props: { state } });
	let opening: ReturnType<typeof setTimeout> | undefined;
	return {
		setOpen: (open) => {
			clearTimeout(opening);
			// In a task of its own, so that the click is answered before there is anything to draw.
			if (open) opening = setTimeout(() => state.setOpen(true));
			else flushSync(() => state.setOpen(false));
		},
		setLanguage: (language, texts) => state.setLanguage(language, texts),
		identify: (identity) => state.identify(identity),
		logout: () => state.logout(),
		destroy: () => {
			clearTimeout(opening);
			state.destroy();
			void unmount(view);
		}
	};
}
