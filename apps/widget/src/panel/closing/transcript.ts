import type { Message } from '@chatiq/contracts/message';
import type { Call } from '../../core/api.ts';
import type { Language } from '../../panel-api.ts';
import { filled } from '@chatiq/i18n/fill';
import type { Later } from '../later/main.ts';
import type { ClosingTexts } from './closing-texts.ts';

const pageRows = 200;

interface TranscriptOptions {
	messages: readonly Message[];
	texts: ClosingTexts;
	language: Language;
	locale: string;
	siteName: string;
	/** Finds links, and what is marked as bold and the like. */
	linkify: Later['linkify'];
}

const css = `body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:2em auto;padding:0 1em;color:#16191f;background:#fff}
h1{font-size:1.4em}p{white-space:pre-wrap;overflow-wrap:anywhere;margin:.2em 0}
article{margin:1em 0;padding-inline-start:.9em;border-inline-start:3px solid #c9ced6}article.own{border-color:#3b5bfd}
h2{font-size:1em;margin:0}time,small{color:#5b6472;font-weight:400;font-size:.85em}`;

/** Every message of the conversation, page by page. */
export async function fetchAll(call: Call, conversationId: string): Promise<Message[]> {
	const messages: Message[] = [];
	for (;;) {
		const rows = await call('messages_after', {
			conversation_id: conversationId,
			after_seq: messages.at(-1)?.seq ?? 0,
			max_rows: pageRows
		});
		messages.push(...rows);
		if (rows.length < pageRows) return messages;
	}
}

/** A page of its own, in the visitor's language and time. Made of nodes: what people wrote never becomes markup. */
export function transcript(options: TranscriptOptions): string {
	const { messages, texts, language, locale, siteName } = options;
	const page = document.implementation.createHTMLDocument(
		filled(texts.file_title, { name: siteName || texts.team })
	);
	page.documentElement.lang = language;
	const charset = page.createElement('meta');
	charset.setAttribute('charset', 'utf-8');
	page.head.prepend(charset);
	add(page.head, 'style', css);
	add(page.body, 'h1', page.title);
	// Browsers keep the name that the city has given up.
	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone.replace('Kiev', 'Kyiv');
	const time = new Date().toLocaleString(locale, { dateStyle: 'long', timeStyle: 'short' });
	add(page.body, 'small', filled(texts.file_saved, { time, zone }));
	for (const message of messages) addMessage(page.body, message, options);
	return `<!doctype html>\n${page.documentElement.outerHTML}`;
}

function addMessage(body: Element, message: Message, options: TranscriptOptions): void {
	const { texts, locale, linkify } = options;
	const article = add(body, 'article');
	if (message.author_kind === 'visitor') article.className = 'own';
	const heading = add(article, 'h2', `${authorOf(message, texts)} `);
	const written = new Date(message.created_at);
	const time = add(
		heading,
		'time',
		written.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' })
	);
	time.setAttribute('datetime', message.created_at);
	if (message.redacted_at !== null) add(article, 'small', texts.file_deleted);
	else if (message.body !== '') {
		const said = add(article, 'p');
		said.dir = 'auto';
		for (const { text, href, mark } of linkify(message.body)) {
			if (href) add(said, 'a', text).setAttribute('href', href);
			else if (mark) add(said, mark, text);
			else said.append(text);
		}
	}
	for (const { name } of message.attachments) {
		add(article, 'p', filled(texts.file_attachment, { name })).dir = 'auto';
	}
	if (message.edited_at !== null && message.redacted_at === null) {
		add(article, 'small', texts.file_edited);
	}
}

function authorOf({ author_kind, author_name }: Message, texts: ClosingTexts): string {
	if (author_kind === 'visitor') return texts.you;
	if (author_kind === 'bot') return author_name ?? texts.assistant;
	return author_name ?? texts.team;
}

function add(parent: Element, name: string, text = ''): HTMLElement {
	const element = parent.ownerDocument.createElement(name);
	element.textContent = text;
	parent.append(element);
	return element;
}
