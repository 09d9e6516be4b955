import { uuidv7 } from '@chatiq/contracts/ids';
import { cleanBody, type Attachment } from '@chatiq/contracts/message';
import type { Upload } from '@chatiq/contracts/upload';
import type { Access } from '@chatiq/uploads/backend';
import { Uploads, type UploadItem } from '@chatiq/uploads/uploads';
import type { Chat } from '../../core/chat.ts';
import Pending from './Pending.svelte';
import Tray from './Tray.svelte';

/** A message that waits for its files. */
export interface FileMessage {
	message_id: string;
	body: string;
	reply_to_seq?: number;
}

export type FileItem = UploadItem<FileMessage>;

/** The visitor's files: those being chosen, and those under way with a message. */
export class Files {
	items = $state.raw<readonly FileItem[]>([]);
	/** Chosen, and not sent off with a message. */
	readonly drafts = $derived(this.items.filter(({ message }) => message === null));
	readonly sendable = $derived(this.drafts.some(({ state }) => state !== 'failed'));
	readonly Tray = Tray;
	readonly Pending = Pending;

	readonly #uploads: Uploads<FileMessage>;
	readonly #chat: Chat;
	#conversationId: string | null = null;

	constructor(chat: Chat, access: Access & { owner: string }) {
		this.#chat = chat;
		this.#uploads = new Uploads<FileMessage>({
			...access,
			conversationId: () => chat.conversationId,
			deliver: async ({ body, ...message }, uploads) => {
				const [first] = uploads;
				if (!first) return;
				const { conversation_id } = first;
				const attachments = uploads.map(attachmentOf);
				await chat.sendFiles(body, { ...message, conversation_id, attachments });
			},
			onchange: () => this.#changed()
		});
		void this.#uploads.load();
	}

	add(files: readonly File[]): Promise<void> {
		return this.#uploads.add(files, this.#chat.conversationId);
	}

	/** Sends what is chosen. What failed stays, to be tried again or taken away. */
	async send(text: string, replyTo: number | null): Promise<void> {
		const files = this.drafts.filter(({ state }) => state !== 'failed');
		const body = cleanBody(text);
		if (this.#chat.conversationId === null || files.length === 0) {
			// A conversation begins with words: the files follow as soon as it is there.
			await this.#chat.send(body || files.map(({ name }) => `📎 ${name}`).join('\n'));
			await this.#uploads.send({ message_id: uuidv7(), body: '' }, ids(files));
		} else {
			const reply = replyTo === null ? {} : { reply_to_seq: replyTo };
			await this.#uploads.send({ message_id: uuidv7(), body, ...reply }, ids(files));
		}
	}

	remove(item: FileItem): void {
		void this.#uploads.remove(item.id);
	}

	retry(item: FileItem): void {
		this.#uploads.retry(item.id);
	}

	/** There may be a conversation now, or a connection. */
	poke(): void {
		if (this.#chat.conversationId === this.#conversationId) return;
		this.#conversationId = this.#chat.conversationId;
		this.#uploads.poke();
	}

	clear(): Promise<void> {
		return this.#uploads.clear();
	}

	destroy(): void {
		this.#uploads.destroy();
	}

	#changed(): void {
		this.items = this.#uploads.items;
		this.#chat.holdsFiles = this.items.some(({ state }) => state !== 'failed');
	}
}

const ids = (items: readonly FileItem[]) => items.map(({ id }) => id);

function attachmentOf(upload: Upload): Attachment {
	const { id, name, content_type, size_bytes, width, height, path, status } = upload;
	const state = status === 'pending' ? 'quarantined' : status;
	return { id, name, content_type, size_bytes, width, height, path, status: state };
}
