import { marksIn } from '@chatiq/contracts/light-marks';
import type { MailLine } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { markup, lines as broken, type Markup } from './markup.ts';
import type { Texts } from './texts.ts';

interface Thread {
	lines: readonly MailLine[];
	texts: Texts;
	language: string;
	time_zone: string;
	/** Names those who have none. */
	team: string;
}

/** Messages as they were written, with names and times of the reader's zone. */
export function thread(given: Thread): { text: string; html: Markup } {
	const shown = given.lines.map((line) => ({
		name: nameOf(line, given),
		time: timeOf(line.created_at, given),
		...bodyOf(line, given.texts)
	}));
	return {
		text: shown.map(({ name, time, text }) => `${name}, ${time}\n${text}`).join('\n\n'),
		html: markup`${shown.map(
			({ name, time, html }) =>
				markup`<div style="margin:0 0 12px;padding:10px 14px;border:1px solid #8a8f9c66;border-radius:8px">
<p style="margin:0;font-size:13px;opacity:.75"><strong>${name}</strong> · ${time}</p>
<p style="margin:4px 0 0;overflow-wrap:anywhere">${html}</p>
</div>
`
		)}`
	};
}

function nameOf({ author_kind, author_name }: MailLine, { texts, team }: Thread): string {
	return author_name ?? (author_kind === 'visitor' ? texts.visitor : team);
}

function bodyOf({ body, files }: MailLine, texts: Texts): { text: string; html: Markup[] } {
	const attached = files.map((file) => filled(texts.file, { name: file })).join('\n');
	const between = body && attached ? '\n' : '';
	return {
		text: `${body}${between}${attached}`,
		html: [...drawn(body), ...broken(`${between}${attached}`)]
	};
}

/** What is marked as bold and the like, as the chat draws it. */
function drawn(body: string): Markup[] {
	return marksIn(body).flatMap(({ text, mark }) =>
		mark ? [markup`<${mark}>${text}</${mark}>`] : broken(text)
	);
}

/** The zone is what a browser claimed; an unknown one is UTC. */
export function timeOf(
	at: string,
	{ language, time_zone }: { language: string; time_zone: string }
): string {
	const options = { dateStyle: 'medium', timeStyle: 'short' } as const;
	try {
		return new Intl.DateTimeFormat(language, { ...options, timeZone: time_zone }).format(
			new Date(at)
		);
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
		return `${new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).format(new Date(at))} UTC`;
	}
}
