import type { PublicSite } from '@chatiq/contracts/site';
import type { ChatiqEvents } from '@chatiq/widget';
import { refreshTokenKey } from '../core/storage-keys.ts';
import type { Panel, WidgetConfig } from '../panel-api.ts';
import { fetchBoot, hasUnsent } from './boot.ts';
import { createBubble } from './bubble.ts';
import { complain, importChunk, preload, quietly } from './chunks.ts';
import { element } from './element.ts';
import { bubbleTexts, pickLanguage } from './languages.ts';
import { once } from './once.ts';
import { stayInBody } from './stay.ts';

const retryMs = 30_000;
interface WidgetOptions {
	config: WidgetConfig;
	nonce: string | undefined;
	emit: (name: keyof ChatiqEvents, detail?: unknown) => void;
}

/** Stage 1: the bubble, one request at idle, and the panel on the first sign of intent. */
export function createWidget({ config, nonce, emit }: WidgetOptions) {
	const { host, root, slot, button, draw } = createBubble();
	let gone = false;
	let open = false;
	let hidden = false;
	let site: PublicSite | undefined;
	let identity: string | null = null;
	let panel: Panel | undefined;
	let trouble: HTMLElement | undefined;
	let retry: ReturnType<typeof setTimeout> | undefined;

	const language = () => pickLanguage(config.language, site?.settings.language);

	const applySite = (changed: PublicSite | undefined) => {
		site = changed;
		draw({ ...site?.settings, ...config });
		if (panel) panel.setLanguage(language());
		else button.ariaLabel = bubbleTexts[language()][0];
	};

	const boot = once(async () => {
		const booted = await fetchBoot(config);
		if ('refusal' in booted) {
			if (!gone) complain(booted);
			destroy();
			throw new Error();
		}
		applySite(booted.site);
		emit('ready');
		return booted;
	});

	const mount = once(async () => {
		const [booted, { start }] = await Promise.all([boot(), importChunk(`panel-${language()}`)]);
		if (gone) throw new Error();
		panel = start({
			...booted,
			...{ root, slot, button, config, identity, emit, setOpen, applySite, complain },
			language: language()
		});
		return panel;
	});

	const mountQuietly = () => quietly(mount());

	const setOpen = (wanted: boolean) => {
		if (wanted === open || gone) return;
		open = wanted;
		trouble?.remove();
		if (panel) panel.setOpen(open);
		else if (open) void openFirst();
	};

	const openFirst = async () => {
		button.ariaBusy = 'true';
		try {
			await mount();
			// Unless it was closed again meanwhile.
			if (open) panel?.setOpen(true);
		} catch {
			open = false;
			trouble = element('p', {
				role: 'alert',
				className: 'trouble',
				textContent: bubbleTexts[language()][1]
			});
			root.append(trouble);
		}
		button.ariaBusy = null;
	};

	/** Before any intent: settings and unread count, then the panel's bytes, but not the panel. */
	const prepare = async () => {
		if (site || gone) return;
		clearTimeout(retry);
		try {
			const booted = await boot();
			button.hidden = hidden;
			root.append(preload(`panel-${language()}`, nonce));
			// In an open conversation the panel listens for answers while it is closed. Or it has texts to send.
			if (booted.boot?.conversation?.status === 'open' || hasUnsent(config)) mountQuietly();
			if (booted.site.teasers?.[0]) {
				const { start } = await importChunk('teasers');
				start({ ...booted, root, config, language: language() });
			}
		} catch {
			// A chat that cannot be reached is not offered; it comes back with the server.
			button.hidden = hidden || !site;
			retry = setTimeout(soon, retryMs);
		}
	};

	const soon = () => void prepare();

	const destroy = () => {
		gone = true;
		clearTimeout(retry);
		panel?.destroy();
		leaveBody();
	};

	applySite(site);
	const leaveBody = stayInBody(host);
	button.onclick = () => setOpen(!open);
	button.onpointerenter = button.onfocus = mountQuietly;
	((window.requestIdleCallback as typeof requestIdleCallback | undefined) ?? setTimeout)(soon);

	return {
		open: () => setOpen(true),
		close: () => setOpen(false),
		toggle: () => setOpen(!open),
		show: () => {
			button.hidden = hidden = false;
		},
		/** The bubble only: a page with a button of its own still opens the panel. */
		hide: () => {
			button.hidden = hidden = true;
			setOpen(false);
		},
		destroy,
		identify: (token: string) => {
			identity = token;
			panel?.identify(token);
		},
		/** The panel knows where all of the visitor's state is. */
		logout: () => {
			identity = null;
			mount().then(
				(it) => it.logout(),
				() => localStorage.removeItem(refreshTokenKey(config.siteKey))
			);
		},
		setLanguage: (wanted: NonNullable<WidgetConfig['language']>) => {
			config.language = wanted;
			applySite(site);
		}
	};
}
