import type { ConversationEvent } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';
import type { Rating } from '@chatiq/contracts/realtime';
import type { OutboxItem } from '../outbox-store.ts';

/** A line of the conversation as it is drawn. Keys are stable, so a sent message keeps its place. */
export type TimelineItem =
	| { kind: 'day'; key: string; date: Date }
	| { kind: 'new'; key: string }
	| { kind: 'rating'; key: string; rating: Rating }
	| { kind: 'event'; key: string; event: ConversationEvent }
	| { kind: 'message'; key: string; message: Message; first: boolean; last: boolean }
	| { kind: 'pending'; key: string; item: OutboxItem; first: boolean };

interface Options {
	messages: readonly Message[];
	pending: readonly OutboxItem[];
	newAfter: number | null;
	me: string;
	rating?: Rating | null;
	/** What was done with the conversation, oldest first. */
	events?: readonly ConversationEvent[];
	/** Drawn elsewhere: what stands right above the first of these, and right below the last. */
	above?: Message | undefined;
	below?: Message | undefined;
	/** A stretch of old messages, behind which there are more. */
	apart?: boolean;
}

const groupGapMs = 5 * 60_000;

type MessageItem = Extract<TimelineItem, { kind: 'message' }>;

/** When a message was written, read once: a conversation of thousands is drawn anew with every message. */
interface Moment {
	ms: number;
	/** The same for all of a day here: its midnight. */
	day: number;
}

const moments = new WeakMap<Message, Moment>();
/** As it was drawn last: a line that has not changed is not drawn again. */
const drawn = new WeakMap<Message, MessageItem>();

/** Day separators, the "new messages" line, and messages joined into groups by author. */
export function timeline(options: Options): TimelineItem[] {
	const { messages, pending, newAfter, me, rating } = options;
	const items: TimelineItem[] = [];
	const after = eventsAfter(options);
	const joined = (above: Message | undefined, below: Message | undefined) =>
		above !== undefined && below !== undefined && !after.has(above.seq) && joins(above, below);
	let marked = newAfter === null;
	/** Stands where it was given last. */
	let ratedAt = rating ? Date.parse(rating.updated_at) : Infinity;
	// Its place is further up.
	if (options.above && momentOf(options.above).ms > ratedAt) ratedAt = Infinity;
	const rate = () => {
		if (rating) items.push({ kind: 'rating', key: 'rating', rating });
		ratedAt = Infinity;
	};
	for (const [index, message] of messages.entries()) {
		const above = messages[index - 1] ?? options.above;
		// Rated before the oldest message that is loaded: its place is further up.
		if (momentOf(message).ms > ratedAt) {
			if (above) rate();
			ratedAt = Infinity;
		}
		const newDay = above === undefined || momentOf(above).day !== momentOf(message).day;
		if (newDay) {
			const date = new Date(momentOf(message).ms);
			items.push({ kind: 'day', key: `day:${message.id}`, date });
		}
		const startsNew = !marked && message.seq > (newAfter ?? 0) && message.author_id !== me;
		if (startsNew) {
			items.push({ kind: 'new', key: 'new' });
			marked = true;
		}
		const first = newDay || startsNew || !joined(above, message);
		const below = messages[index + 1] ?? options.below;
		items.push(itemOf(message, first, !joined(message, below)));
		for (const event of after.get(message.seq) ?? []) {
			items.push({ kind: 'event', key: `event:${event.id}`, event });
		}
	}
	if (ratedAt !== Infinity && !goesOn(options)) rate();
	const last = messages.at(-1);
	for (const [index, item] of pending.entries()) {
		const first = index === 0 && (last?.author_id !== me || last.visibility !== item.visibility);
		items.push({ kind: 'pending', key: item.id, item, first });
	}
	return items;
}

const goesOn = ({ apart, below }: Options): boolean => apart === true || below !== undefined;

/** Behind which message they stand; those before the first one that is known, or further down, are elsewhere. */
function eventsAfter(options: Options): Map<number, ConversationEvent[]> {
	const { messages, above, events = [] } = options;
	const after = new Map<number, ConversationEvent[]>();
	const [first, last] = [(above ?? messages[0])?.seq ?? Infinity, messages.at(-1)?.seq ?? 0];
	for (const event of events) {
		if (event.after_seq < first || (goesOn(options) && event.after_seq > last)) continue;
		// An event may be here before the message that it follows.
		const seq = Math.min(event.after_seq, last);
		after.set(seq, [...(after.get(seq) ?? []), event]);
	}
	return after;
}

function itemOf(message: Message, first: boolean, last: boolean): MessageItem {
	const known = drawn.get(message);
	if (known?.first === first && known.last === last) return known;
	const item: MessageItem = { kind: 'message', key: message.id, message, first, last };
	drawn.set(message, item);
	return item;
}

function joins(above: Message, below: Message): boolean {
	const [a, b] = [momentOf(above), momentOf(below)];
	return (
		above.author_kind === below.author_kind &&
		above.author_id === below.author_id &&
		above.visibility === below.visibility &&
		a.day === b.day &&
		b.ms - a.ms < groupGapMs
	);
}

function momentOf(message: Message): Moment {
	const known = moments.get(message);
	if (known) return known;
	const ms = Date.parse(message.created_at);
	const moment = { ms, day: new Date(ms).setHours(0, 0, 0, 0) };
	moments.set(message, moment);
	return moment;
}
