import { toCsv, type CsvValue } from '@chatiq/contracts/csv';
import type { ExportedConversation, ExportPart } from '@chatiq/contracts/exports';
import type { FormAnswer } from '@chatiq/contracts/forms';
import type { Tables } from '@chatiq/contracts/database';
import { filled } from '@chatiq/i18n/fill';
import en from '@chatiq/i18n/exports/en.json' with { type: 'json' };
import uk from '@chatiq/i18n/exports/uk.json' with { type: 'json' };

/** What a file says of its reader: their language, their clock, the names of their sites. */
export type Reader = Pick<ExportPart, 'language' | 'time_zone' | 'site_names'>;
type Texts = typeof en;
type Line<Column extends string> = Record<Column, CsvValue>;

const texts: Record<Reader['language'], Texts> = { en, uk };

/** `2026-11-22 14:40:05`: of all forms the one that every spreadsheet takes for a time; Swedes write it so. */
function clockOf(time_zone: string): (at: string | null) => string | null {
	const format = new Intl.DateTimeFormat('sv-SE', {
		dateStyle: 'short',
		timeStyle: 'medium',
		timeZone: time_zone
	});
	return (at) => (at === null ? null : format.format(new Date(at)));
}

const wordOf = (words: Record<string, string>, value: string): string => words[value] ?? value;

/** Headings in the order of the texts; those of times name the zone. */
function table<Column extends string>(
	headings: Record<Column, string>,
	lines: readonly Line<Column>[],
	timed: readonly Column[],
	{ language, time_zone }: Reader
): CsvValue[][] {
	const columns = Object.keys(headings) as Column[];
	const heading = (column: Column): string =>
		timed.includes(column)
			? filled(texts[language].timed, { what: headings[column], time_zone })
			: headings[column];
	return [columns.map(heading), ...lines.map((line) => columns.map((column) => line[column]))];
}

/** One line for each message: what belongs to the conversation stands in each of them. */
function conversationTable(rows: readonly ExportedConversation[], reader: Reader): CsvValue[][] {
	const words = texts[reader.language];
	const clock = clockOf(reader.time_zone);
	const lines = rows.flatMap(({ visitor, rating, messages, ...conversation }) =>
		messages.map((message) => ({
			site: reader.site_names[conversation.site_id] ?? conversation.site_id,
			status: wordOf(words.status, conversation.status),
			created_at: clock(conversation.created_at),
			closed_at: clock(conversation.closed_at),
			start_page: conversation.start_page,
			assignee: conversation.assignee,
			visitor_name: visitor.name,
			visitor_email: visitor.email,
			labels: conversation.labels.join('; '),
			rating: rating?.score ?? null,
			rating_comment: rating?.comment ?? null,
			seq: message.seq,
			at: clock(message.at),
			author_kind: wordOf(words.author_kind, message.author_kind),
			author_name: message.author_name,
			visibility: wordOf(words.visibility, message.visibility),
			body: message.redacted ? words.redacted : message.body,
			files: message.files.join('; '),
			conversation_id: conversation.id,
			visitor_id: visitor.id
		}))
	);
	return table(words.conversation, lines, ['created_at', 'closed_at', 'at'], reader);
}

type ExportedVisitor = Omit<Tables<'visitors'>, 'answers' | 'device'> & {
	answers: readonly FormAnswer[];
	device: { browser?: string; system?: string } | null;
};

function visitorTable(rows: readonly ExportedVisitor[], reader: Reader): CsvValue[][] {
	const words = texts[reader.language];
	const clock = clockOf(reader.time_zone);
	const lines = rows.map(({ answers, device, ...visitor }) => ({
		...visitor,
		site: reader.site_names[visitor.site_id] ?? visitor.site_id,
		verified: visitor.verified ? words.yes : words.no,
		created_at: clock(visitor.created_at),
		last_seen_at: clock(visitor.last_seen_at),
		answers: answers
			.map(({ key, label, value, text }) => `${label ?? key}: ${text ?? value}`)
			.join('; '),
		browser: device?.browser ?? null,
		system: device?.system ?? null
	}));
	return table(words.visitor, lines, ['created_at', 'last_seen_at'], reader);
}

/** The text of one file: complete by itself, so that a part opens without the others. */
export function exportFile(
	{ section, format, ...reader }: Reader & Pick<ExportPart, 'section' | 'format'>,
	rows: readonly unknown[]
): string {
	if (format === 'json') return `${JSON.stringify(rows, null, 1)}\n`;
	return toCsv(
		section === 'visitors'
			? visitorTable(rows as ExportedVisitor[], reader)
			: conversationTable(rows as ExportedConversation[], reader)
	);
}
