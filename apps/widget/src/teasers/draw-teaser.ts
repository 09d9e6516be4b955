import type { PublicSite, SiteAgent } from '@chatiq/contracts/site';
import * as en from '@chatiq/i18n/widget/en.json';
import * as uk from '@chatiq/i18n/widget/uk.json';
import type { Language, WidgetConfig } from '../panel-api.ts';
import css from './teaser.css?inline';

/** Only these: the rest of the file is for others. */
const texts = {
	en: { open: en.bubble_teaser_open, close: en.bubble_teaser_close },
	uk: { open: uk.bubble_teaser_open, close: uk.bubble_teaser_close }
};

interface Drawing {
	root: ShadowRoot;
	site: PublicSite;
	config: WidgetConfig;
	language: Language;
	text: string;
	onanswer: () => void;
	onclose: () => void;
}

/** The teaser above the bubble: text and who says it, a click answers, a cross closes. Never markup from outside. */
export function drawTeaser({ root, site, config, language, text, ...on }: Drawing): HTMLElement {
	const { theme, position } = { ...site.settings, ...config };
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(css);
	root.adoptedStyleSheets.push(sheet);

	// It is read out when it appears, and takes nobody's focus.
	const teaser = element('div', 'teaser');
	teaser.role = 'status';
	teaser.lang = language;
	teaser.dataset['side'] = position;
	teaser.style.colorScheme = theme === 'auto' ? 'light dark' : theme;
	const answer = element('button', 'teaser-answer');
	const agent = site.agents?.find(({ presence }) => presence === 'online');
	answer.append(...(agent ? [face(agent), line('teaser-name', agent.name)] : []));
	answer.append(line('teaser-text', text), line('teaser-hidden', texts[language].open));
	answer.onclick = on.onanswer;
	const close = element('button', 'teaser-close');
	close.ariaLabel = texts[language].close;
	close.textContent = '×';
	close.onclick = on.onclose;
	root.append(teaser);
	teaser.append(answer, close);
	return teaser;
}

function face({ name, avatar_url }: SiteAgent): HTMLElement {
	const picture = line('teaser-face', Array.from(name)[0]?.toUpperCase() ?? '');
	picture.ariaHidden = 'true';
	if (avatar_url === null) return picture;
	const image = document.createElement('img');
	image.alt = '';
	image.referrerPolicy = 'no-referrer';
	// What the page's policy forbids leaves the letter.
	image.onerror = () => image.remove();
	image.src = avatar_url;
	picture.append(image);
	return picture;
}

function line(className: string, text: string): HTMLElement {
	const span = element('span', className);
	span.textContent = text;
	span.dir = 'auto';
	return span;
}

function element<Name extends 'div' | 'span' | 'button'>(name: Name, className: string) {
	return Object.assign(document.createElement(name), { className });
}
