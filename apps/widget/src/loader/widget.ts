import type { PublicSite } from '@chatiq/contracts/site';
import { refreshTokenKey } from '../core/storage-keys.ts';
import type { Panel, WidgetConfig } from '../panel-api.ts';
import type { ChatiqEvents } from '@chatiq/widget';
import { fetchBoot, hasUnsent, type Booted } from './boot.ts';
import { createBubble } from './bubble.ts';
import { importChunk, preload } from './chunks.ts';
import { warn } from './config.ts';
import { bubbleTexts, pickLanguage } from './languages.ts';
import { stayInBody } from './stay.ts';

const retryMs = 30_000;

interface WidgetOptions {
	config: WidgetConfig;
	script: HTMLScriptElement | null;
	emit: (name: keyof ChatiqEvents, detail?: unknown) => void;
}

/** Stage 1: the bubble, one request at idle, and the panel on the first sign of intent. */
export function createWidget({ config, script, emit }: WidgetOptions) {
	const base = new URL('widget/', script?.src ?? `${config.apiUrl}/`).href;
	const { host, root, slot, button, badge, trouble, draw: drawBubble } = createBubble();
	let gone = false;
	let open = false;
	let hidden = false;
	let unread = 0;
	let site: PublicSite | undefined;
	let identity: string | null = null;
	let booting: Promise<Booted> | null = null;
	let mounting: Promise<Panel> | null = null;
	let panel: Panel | undefined;
	let retry: ReturnType<typeof setTimeout> | undefined;

	const language = () => pickLanguage(config.language, site?.settings.language);

	const draw = () => {
		const shown = open && panel;
		const count = shown || !unread ? '' : unread > 9 ? '9+' : `${unread}`;
		const texts = bubbleTexts[language()];
		drawBubble(config, site?.settings, !!shown);
		badge.textContent = count;
		button.ariaLabel = shown
			? shown.closeLabel
			: count
				? texts.unread.replace('{count}', count)
				: texts.open;
	};

	const setUnread = (count: number) => {
		if (count !== unread) emit('unread', count);
		unread = count;
		draw();
	};

	const applySite = (changed: PublicSite | undefined) => {
		site = changed;
		draw();
		panel?.setLanguage(language());
	};

	const boot = () =>
		(booting ??= fetchBoot(config).then(
			(booted) => {
				applySite(booted.site);
				setUnread(booted.boot?.unread_count ?? 0);
				emit('ready');
				return booted;
			},
			(error: unknown) => {
				booting = null;
				const { cause } = error as Error;
				if (cause && !gone) {
					warn(`${cause as string}: check its site key and allowed origins.`);
					destroy();
				}
				throw error;
			}
		));

	const mount = () =>
		(mounting ??= Promise.all([boot(), importChunk(base, language())])
			.then(([booted, { start }]) => {
				if (gone) throw new Error();
				return (panel = start({
					...booted,
					...{ root, slot, config, identity },
					site: site ?? booted.site,
					language: language(),
					onclose: () => setOpen(false),
					onunread: setUnread,
					onmessage: (message) => emit('message', message),
					onsite: applySite
				}));
			})
			.catch((error: unknown) => {
				mounting = null;
				throw error;
			}));

	const mountQuietly = () => void mount().catch(() => undefined);

	const show = () => {
		panel?.setOpen(open);
		draw();
		if (!open) button.focus({ preventScroll: true });
		emit(open ? 'open' : 'close');
	};

	const setOpen = (wanted: boolean) => {
		if (wanted === open || gone) return;
		open = wanted;
		trouble.textContent = '';
		if (panel) show();
		else if (open) {
			button.ariaBusy = 'true';
			mount()
				.then(
					() => {
						if (open) show();
					},
					() => {
						open = false;
						trouble.textContent = bubbleTexts[language()].unreachable;
					}
				)
				.finally(() => (button.ariaBusy = null));
		}
	};

	/** Before any intent: settings and unread count, then the panel's bytes, but not the panel. */
	const prepare = () => {
		if (site || gone) return;
		clearTimeout(retry);
		boot().then(
			(booted) => {
				const { boot } = booted;
				button.hidden = hidden;
				root.append(...preload(base, language(), script?.nonce));
				// In an open conversation the panel listens for answers while it is closed. Or it has texts to send.
				if (boot?.conversation?.status === 'open' || hasUnsent(config.siteKey)) mountQuietly();
				if (booted.site.teasers?.[0]) {
					importChunk(base, 'teasers').then(
						({ start }) => start({ ...booted, root, config, language: language() }),
						() => undefined // Nobody misses what they were not offered.
					);
				}
			},
			() => {
				// A chat that cannot be reached is not offered; it comes back with the server.
				button.hidden = true;
				retry = setTimeout(prepare, retryMs);
			}
		);
	};

	const destroy = () => {
		gone = true;
		clearTimeout(retry);
		panel?.destroy();
		leaveBody();
	};

	draw();
	const leaveBody = stayInBody(host);
	button.onclick = () => setOpen(!open);
	button.onpointerenter = button.onfocus = mountQuietly;
	((window.requestIdleCallback as typeof requestIdleCallback | undefined) ?? setTimeout)(prepare);

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
			setUnread(0);
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
