import { toCsv, type CsvValue } from '@chatiq/contracts/csv';
import type { ExportedConversation, ExportFormat } from '@chatiq/contracts/exports';

const conversationHeader = [
	...['conversation_id', 'site_id', 'status', 'created_at', 'closed_at', 'start_page', 'assignee'],
	...['visitor_id', 'visitor_name', 'visitor_email', 'labels', 'rating', 'rating_comment'],
	...['seq', 'at', 'author_kind', 'author_name', 'visibility', 'body', 'files']
];

/** One line for each message: what belongs to the conversation stands in each of them. */
function messageLines(conversation: ExportedConversation): CsvValue[][] {
	const { visitor, rating } = conversation;
	const head = [
		...[conversation.id, conversation.site_id, conversation.status, conversation.created_at],
		...[conversation.closed_at, conversation.start_page, conversation.assignee, visitor.id],
		...[visitor.name, visitor.email, conversation.labels.join('; ')],
		...[rating?.score ?? null, rating?.comment ?? null]
	];
	return conversation.messages.map((message) => [
		...head,
		...[message.seq, message.at, message.author_kind, message.author_name, message.visibility],
		...[message.body, message.files.join('; ')]
	]);
}

function visitorLines(rows: readonly unknown[]): CsvValue[][] {
	const visitors = rows as Record<string, unknown>[];
	const columns = [...new Set(visitors.flatMap((row) => Object.keys(row)))].filter(
		(column) => column !== 'organization_id'
	);
	const valueOf = (value: unknown): CsvValue => {
		if (value === null || value === undefined) return null;
		if (typeof value === 'string' || typeof value === 'number') return value;
		return JSON.stringify(value);
	};
	return [columns, ...visitors.map((row) => columns.map((column) => valueOf(row[column])))];
}

/** The text of one file: complete by itself, so that a part opens without the others. */
export function exportFile(
	section: string,
	format: ExportFormat,
	rows: readonly unknown[]
): string {
	if (format === 'json') return `${JSON.stringify(rows, null, 1)}\n`;
	if (section === 'visitors') return toCsv(visitorLines(rows));
	return toCsv([
		conversationHeader,
		...(rows as ExportedConversation[]).flatMap((conversation) => messageLines(conversation))
	]);
}
