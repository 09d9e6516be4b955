import { uuidv7 } from '@chatiq/contracts/ids';
import {
	incomingBucket,
	maxFileBytes,
	maxFilesPerMessage,
	type Upload
} from '@chatiq/contracts/upload';
import { type Access, Backend } from './backend.ts';
import { type FileRecord, FileStore } from './file-store.ts';
import { sendBytes } from './resumable.ts';
import { UploadFailed } from './upload-failed.ts';

export type FileState = 'waiting' | 'sending' | 'checking' | 'ready' | 'failed';

/** A file as it is shown while it is on its way. */
export interface UploadItem<Message> {
	readonly id: string;
	readonly name: string;
	readonly type: string;
	readonly size: number;
	readonly conversationId: string | null;
	readonly state: FileState;
	/** 0 to 1. */
	readonly progress: number;
	/** An ErrorCode, or `too_many_files`, once it failed. */
	readonly reason: string | null;
	/** Of an image; lives as long as the item. */
	readonly preview: string | null;
	readonly message: Message | null;
}

interface UploadsOptions<Message> extends Access {
	/** Whose files these are, also after a reload. */
	owner: string;
	/** Where a file without a conversation goes, as soon as there is one. */
	conversationId: () => string | null;
	/** All files of a message are there: hand it to the outbox. Resolves when it is safe there. */
	deliver: (message: Message, uploads: Upload[]) => Promise<void>;
	onchange: () => void;
}

interface Job<Message> {
	record: FileRecord<Message>;
	item: UploadItem<Message>;
	stop: AbortController | null;
	tries: number;
	timer: ReturnType<typeof setTimeout> | undefined;
}

const atOnce = 2;
const pausesMs = [1000, 2000, 4000, 8000, 15_000];

/**
 * Files on their way: stored in the browser first, sent in pieces, looked at by the server, then handed over with
 * their message. A reload goes on where it was, and the ids make every step harmless to repeat.
 */
export class Uploads<Message extends { message_id: string }> {
	readonly backend: Backend;
	readonly #options: UploadsOptions<Message>;
	readonly #store: FileStore<Message>;
	readonly #jobs = new Map<string, Job<Message>>();
	readonly #delivering = new Set<string>();
	readonly #end = new AbortController();

	constructor(options: UploadsOptions<Message>) {
		this.#options = options;
		this.#store = new FileStore(options.owner);
		this.backend = new Backend(options);
		addEventListener('online', () => this.poke(), { signal: this.#end.signal });
	}

	/** What was handed to the outbox is shown by whoever shows that. */
	get items(): readonly UploadItem<Message>[] {
		return [...this.#jobs.values()]
			.map(({ item }) => item)
			.filter(({ message }) => message === null || !this.#delivering.has(message.message_id));
	}

	/** Goes on with what earlier pages have left. */
	async load(): Promise<void> {
		await this.#store.adopt((left) => {
			for (const record of left) this.#admit(record);
			this.#options.onchange();
			this.poke();
		});
	}

	async add(files: Iterable<File>, conversationId: string | null): Promise<void> {
		const records: FileRecord<Message>[] = [];
		for (const file of files) {
			const type = file.type || 'application/octet-stream';
			const { name } = file;
			const id = uuidv7();
			const record = { id, name, type, bytes: file, conversation_id: conversationId };
			records.push(this.#store.record(record));
		}
		const refused = records.filter((record) => this.#refusedAtOnce(record));
		const kept = records.filter((record) => !refused.includes(record));
		kept.forEach((record) => this.#admit(record));
		this.#options.onchange();
		await this.#store.put(kept);
		this.poke();
	}

	/** Also takes it back from the server. */
	async remove(id: string): Promise<void> {
		const job = this.#jobs.get(id);
		if (!job) return;
		this.#drop(job);
		await this.#store.remove([id]);
		try {
			await this.backend.discard(id);
		} catch (error) {
			// Whatever is left over there is swept within a day.
			if (!(error instanceof UploadFailed)) throw error;
		}
	}

	retry(id: string): void {
		const job = this.#jobs.get(id);
		if (!job || job.item.state !== 'failed') return;
		job.tries = 0;
		this.#show(job, { state: 'waiting', reason: null, progress: 0 });
		this.poke();
	}

	/** Binds these files to a message, which goes out by itself when they are there. */
	async send(message: Message, ids: readonly string[]): Promise<void> {
		const jobs = ids.flatMap((id) => this.#jobs.get(id) ?? []);
		for (const job of jobs) {
			job.record = { ...job.record, message };
			this.#show(job, { message });
		}
		await this.#store.put(jobs.map(({ record }) => record));
		await this.#deliverReady();
	}

	/** Sends now what waits. */
	poke(): void {
		for (const job of this.#jobs.values()) {
			if (job.item.state !== 'waiting' || job.stop) continue;
			if (this.#running >= atOnce) break;
			clearTimeout(job.timer);
			void this.#run(job);
		}
		void this.#deliverReady();
	}

	/** Forgets everything of this owner in this tab: they have logged out. */
	async clear(): Promise<void> {
		const ids = [...this.#jobs.keys()];
		for (const job of this.#jobs.values()) this.#drop(job);
		await this.#store.remove(ids);
	}

	destroy(): void {
		this.#end.abort();
		for (const job of this.#jobs.values()) this.#drop(job);
		this.#store.close();
	}

	get #running(): number {
		return [...this.#jobs.values()].filter(({ stop }) => stop).length;
	}

	#admit(record: FileRecord<Message>): void {
		if (this.#jobs.has(record.id)) return;
		const { id, name, type, bytes, upload, message, conversation_id: conversationId } = record;
		const image = /^image\/(png|jpeg|gif|webp)$/.test(type);
		const item: UploadItem<Message> = {
			...{ id, name, type, size: bytes.size, conversationId, message },
			state: upload ? 'ready' : 'waiting',
			progress: upload ? 1 : 0,
			reason: null,
			preview: image ? URL.createObjectURL(bytes) : null
		};
		this.#jobs.set(id, { record, item, stop: null, tries: 0, timer: undefined });
	}

	/** Shown with its reason, but neither kept nor sent. */
	#refusedAtOnce(record: FileRecord<Message>): boolean {
		const drafts = this.items.filter(({ message }) => message === null).length;
		const { size } = record.bytes;
		const reason =
			size > maxFileBytes
				? 'file_too_large'
				: size === 0
					? 'file_empty'
					: drafts >= maxFilesPerMessage
						? 'too_many_files'
						: null;
		if (reason === null) return false;
		this.#admit(record);
		const job = this.#jobs.get(record.id);
		if (job) this.#show(job, { state: 'failed', reason });
		return true;
	}

	async #run(job: Job<Message>): Promise<void> {
		const conversationId = job.record.conversation_id ?? this.#options.conversationId();
		if (conversationId === null) return;
		job.stop = new AbortController();
		try {
			await this.#send(job, conversationId, job.stop.signal);
			job.stop = null;
		} catch (error) {
			job.stop = null;
			if (this.#jobs.get(job.record.id) !== job) return;
			this.#failed(job, error);
		}
		if (!this.#end.signal.aborted) this.poke();
	}

	async #send(job: Job<Message>, conversation_id: string, signal: AbortSignal): Promise<void> {
		const { id, name, type, bytes } = job.record;
		this.#show(job, { state: 'sending', conversationId: conversation_id });
		const prepared = await this.backend.prepare({
			attachment_id: id,
			conversation_id,
			// NUL is the one character that never reaches the database.
			name: name.replaceAll('\0', '') || 'file',
			content_type: /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream',
			size_bytes: bytes.size
		});
		if (prepared.status === 'pending') await this.#sendBytes(job, prepared.path, signal);
		signal.throwIfAborted();
		this.#show(job, { state: 'checking', progress: 1 });
		const upload = await this.backend.inspect(id);
		signal.throwIfAborted();
		job.record = { ...job.record, upload, conversation_id };
		this.#show(job, { state: 'ready', name: upload.name });
		await this.#store.put([job.record]);
	}

	#sendBytes(job: Job<Message>, path: string, signal: AbortSignal): Promise<void> {
		const { type, bytes, location } = job.record;
		return sendBytes({
			...{ path, type, bytes, location, signal },
			url: this.backend.resumableUrl,
			headers: this.backend.headers,
			bucket: incomingBucket,
			onlocation: (location) => {
				job.record = { ...job.record, location };
				void this.#store.put([job.record]);
			},
			onprogress: (sent) => {
				job.tries = 0;
				this.#show(job, { progress: sent / bytes.size });
			}
		});
	}

	#failed(job: Job<Message>, error: unknown): void {
		if (this.#end.signal.aborted) return;
		const failure = error instanceof UploadFailed ? error : null;
		if (!failure) console.error('[ChatIQ]', error);
		if (!failure?.temporary) {
			this.#show(job, { state: 'failed', reason: failure?.code ?? 'unknown' });
			return;
		}
		// Bytes that are gone over there are begun anew.
		if (failure.code === 'upload_incomplete') job.record = { ...job.record, location: null };
		const pause = pausesMs[Math.min(job.tries, pausesMs.length - 1)] ?? 0;
		job.tries++;
		this.#show(job, { state: 'waiting' });
		// Not yet: `poke` of the others must not begin it at once.
		const wait = Math.max(failure.retryAfterMs, pause * (0.75 + Math.random() / 2));
		job.stop = new AbortController();
		job.timer = setTimeout(() => {
			job.stop = null;
			this.poke();
		}, wait);
	}

	async #deliverReady(): Promise<void> {
		for (const [id, jobs] of this.#messages()) {
			const message = jobs[0]?.record.message;
			if (!message || this.#delivering.has(id)) continue;
			if (!jobs.every(({ item }) => item.state === 'ready')) continue;
			this.#delivering.add(id);
			const uploads = jobs.flatMap(({ record }) => record.upload ?? []);
			try {
				const delivered = this.#options.deliver(message, uploads);
				this.#options.onchange();
				await delivered;
				// Twice is harmless, should the page end between the two: the message has its id already.
				await this.#store.remove(jobs.map(({ record }) => record.id));
				jobs.forEach((job) => this.#drop(job));
			} finally {
				this.#delivering.delete(id);
				if (!this.#end.signal.aborted) this.#options.onchange();
			}
		}
	}

	#messages(): Map<string, Job<Message>[]> {
		const messages = new Map<string, Job<Message>[]>();
		for (const job of this.#jobs.values()) {
			const id = job.record.message?.message_id;
			if (id !== undefined) messages.set(id, [...(messages.get(id) ?? []), job]);
		}
		return messages;
	}

	#drop(job: Job<Message>): void {
		job.stop?.abort();
		clearTimeout(job.timer);
		this.#jobs.delete(job.record.id);
		if (job.item.preview !== null) URL.revokeObjectURL(job.item.preview);
		if (!this.#end.signal.aborted) this.#options.onchange();
	}

	#show(job: Job<Message>, change: Partial<UploadItem<Message>>): void {
		job.item = { ...job.item, ...change };
		if (this.#jobs.has(job.record.id)) this.#options.onchange();
	}
}
