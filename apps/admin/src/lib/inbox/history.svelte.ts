import type { Message, ReactionChanged } from '@chatiq/contracts/message';
import type { InboxApi } from './api.ts';
import { codeOf, type FailureCode } from './failure.ts';
import { MessageWindow } from './message-window.svelte.ts';

const markedMs = 4000;
/** How many messages below the one that is looked for come with it. */
const below = 15;

/** What of a conversation is on the screen, its end or a stretch around an older message, and more of it both ways. */
export class History {
	/** Apart from the end, with something missing between; null while the end is shown. */
	around = $state.raw<MessageWindow | null>(null);
	loading = $state<'older' | 'newer' | 'place' | null>(null);
	failure = $state<FailureCode | null>(null);
	/** The `seq` that the list goes to. */
	target = $state<number | null>(null);
	/** The message that was gone to stands out for a while. */
	marked = $state<number | null>(null);
	/** A link led to a message that is not there. */
	absent = $state(false);

	readonly end = new MessageWindow();
	readonly #id: string;
	readonly #api: Pick<InboxApi, 'messagesBefore' | 'messagesAfter'>;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#running: Promise<void> = Promise.resolve();

	constructor(id: string, api: Pick<InboxApi, 'messagesBefore' | 'messagesAfter'>) {
		this.#id = id;
		this.#api = api;
	}

	get shown(): MessageWindow {
		return this.around ?? this.end;
	}

	loadOlder(): Promise<void> {
		const { shown } = this;
		if (!shown.hasOlder) return Promise.resolve();
		return this.#load('older', async () => {
			shown.prepend(await this.#api.messagesBefore(this.#id, shown.firstSeq));
		});
	}

	/** Towards the end, until the stretch has grown together with it. */
	loadNewer(): Promise<void> {
		const { around } = this;
		if (!around) return Promise.resolve();
		return this.#load('newer', async () => {
			around.showEnd(await this.#api.messagesAfter(this.#id, around.lastSeq));
			this.#join(around);
		});
	}

	/** Goes to a message, wherever it is. */
	async jump(seq: number): Promise<void> {
		this.absent = seq > this.end.lastSeq;
		if (this.absent) return;
		if (!this.shown.holds(seq)) {
			this.around = null;
			await this.#running;
			if (!this.end.holds(seq)) await this.#load('place', () => this.#open(seq));
			if (!this.shown.holds(seq)) return;
		}
		this.target = seq;
		this.marked = seq;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => (this.marked = null), markedMs);
	}

	toEnd(): void {
		this.around = null;
		this.absent = false;
	}

	replace(message: Message): void {
		this.end.replace(message);
		this.around?.replace(message);
	}

	react(change: ReactionChanged): void {
		this.end.react(change);
		this.around?.react(change);
	}

	stop(): void {
		clearTimeout(this.#timer);
	}

	async #open(seq: number): Promise<void> {
		const stretch = new MessageWindow();
		stretch.showEnd(await this.#api.messagesBefore(this.#id, seq + below));
		this.around = stretch;
		this.#join(stretch);
	}

	#join(stretch: MessageWindow): void {
		if (this.around !== stretch || stretch.lastSeq < this.end.firstSeq - 1) return;
		this.end.continueFrom(stretch.messages);
		this.around = null;
	}

	/** One at a time: what the list asks for while it scrolls comes with the next scroll. */
	#load(what: 'older' | 'newer' | 'place', load: () => Promise<void>): Promise<void> {
		if (!this.loading) this.#running = this.#run(what, load);
		return this.#running;
	}

	async #run(what: 'older' | 'newer' | 'place', load: () => Promise<void>): Promise<void> {
		this.loading = what;
		try {
			await load();
			this.failure = null;
		} catch (error) {
			this.failure = codeOf(error);
		} finally {
			this.loading = null;
		}
	}
}
