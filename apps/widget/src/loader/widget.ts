import type { PublicSite } from '@chatiq/contracts/site';
import { refreshTokenKey } from '../core/storage-keys.ts';
import type { Panel, WidgetConfig } from '../panel-api.ts';
import type { ChatiqEvents } from '../sdk.ts';
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
	const bubble = createBubble();
	const { host, root, slot, button, trouble } = bubble;
	let language = pickLanguage(config.language);
	let gone = false;
	let open = false;
	let hidden = false;
	let unread = 0;
	let site: PublicSite | null = null;
	let identity: string | null = null;
	let booting: Promise<Booted> | null = null;
	let mounting: Promise<Panel> | null = null;
	let panel: Panel | null = null;
	let retry: ReturnType<typeof setTimeout> | undefined;

	const draw = () =>
		bubble.draw({
			...{ config, settings: site?.settings, unread, texts: bubbleTexts[language] },
			open: open && panel !== null
		});

	const setUnread = (count: number) => {
		if (count !== unread) emit('unread', count);
		unread = count;
		draw();
	};

	const applySite = (changed: PublicSite | null) => {
		site = changed;
		const before = language;
		language = pickLanguage(config.language, site?.settings.language);
		draw();
		if (language === before || !panel) return;
		importChunk(base, language).then(
			(texts) => panel?.setLanguage(language, texts.default),
			() => undefined // Then the old language stays.
		);
	};

	const boot = () => {
		booting ??= fetchBoot(config).then(
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
		);
		return booting;
	};

	const start = async () => {
		const [booted, { start }, { default: texts }] = await Promise.all([
			boot(),
			importChunk(base, 'panel'),
			boot().then(() => importChunk(base, language))
		]);
		if (gone) throw new Error();
		panel = start({
			...booted,
			...{ root, slot, config, identity, language, texts },
			site: site ?? booted.site,
			onclose: () => setOpen(false),
			onunread: setUnread,
			onmessage: (message) => emit('message', message),
			onsite: applySite
		});
		return panel;
	};

	const mount = () => {
		mounting ??= start().catch((error: unknown) => {
			mounting = null;
			throw error;
		});
		return mounting;
	};

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
		else if (open) void openWhenMounted();
	};

	const openWhenMounted = async () => {
		button.ariaBusy = 'true';
		try {
			await mount();
			if (open) show();
		} catch {
			open = false;
			trouble.textContent = bubbleTexts[language].unreachable;
		}
		button.ariaBusy = null;
	};

	/** Before any intent: settings and unread count, then the panel's bytes, but not the panel. */
	const prepare = () => {
		if (site || gone) return;
		clearTimeout(retry);
		boot().then(
			(booted) => {
				const { boot } = booted;
				button.hidden = hidden;
				root.append(...preload(base, language, script));
				// Somebody has answered: the panel listens for more while it is closed. Or it has texts to send.
				const waiting = boot?.unread_count && boot.conversation?.status === 'open';
				if (waiting || hasUnsent(config.siteKey)) mountQuietly();
				if (booted.site.teasers?.[0]) {
					importChunk(base, 'teasers').then(
						(it) => it.start({ ...booted, ...{ root, config, language } }),
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
