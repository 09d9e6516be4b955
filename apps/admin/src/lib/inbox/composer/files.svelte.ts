import type { Attachment } from '@chatiq/contracts/message';
import { AppError } from '@chatiq/contracts/errors';
import type { Upload } from '@chatiq/contracts/upload';
import type { Access } from '@chatiq/uploads/backend';
import { anythingLeft } from '@chatiq/uploads/file-database';
import type { Uploads, UploadItem } from '@chatiq/uploads/uploads';
import { SUPABASE_PUBLISHABLE_KEY, SUPABASE_URL } from '$app/env/public';
import type { Session } from '#lib/session/session.svelte.ts';
import { loadPart } from '../load-part.ts';
import type { Draft } from '../outbox.svelte.ts';

/** An answer that waits for its files. */
export type FileMessage = Omit<Draft, 'id' | 'attachments'> & { message_id: string };

export type FileItem = UploadItem<FileMessage>;

interface FilesOptions {
	operatorId: string;
	session: Session;
	/** All files are there: into the outbox with it. */
	deliver: (draft: Draft) => Promise<void>;
}

/** The operator's files: those being chosen and those under way, in all conversations. */
export class Files {
	items = $state.raw<readonly FileItem[]>([]);

	readonly #options: FilesOptions;
	/** Where files are, and as whom. */
	readonly access: Access;
	/** Loaded when there is a file, or may soon be one. */
	#uploads: Promise<Uploads<FileMessage> | null> | null = null;

	constructor(options: FilesOptions) {
		this.#options = options;
		this.access = { url: SUPABASE_URL, headers: (renew) => this.#headers(renew) };
	}

	/** Goes on with what a closed or reloaded tab has left; call the result to stop. */
	connect(): () => void {
		let stopped = false;
		void anythingLeft().then((left) => {
			if (left && !stopped) this.prepare();
		});
		return () => {
			stopped = true;
			void this.#uploads?.then((uploads) => uploads?.destroy());
			this.#uploads = null;
		};
	}

	/** A conversation is open: a file can be chosen also when the connection is gone by then. */
	prepare(): void {
		void this.#start();
	}

	/** Chosen for the next answer of this conversation. */
	drafts(conversationId: string): readonly FileItem[] {
		return this.items.filter(
			(item) => item.message === null && item.conversationId === conversationId
		);
	}

	/** Answers of this conversation that wait for their files. */
	waiting(conversationId: string): readonly (readonly FileItem[])[] {
		const messages = new Map<string, FileItem[]>();
		for (const item of this.items) {
			if (item.message?.conversation_id !== conversationId) continue;
			const { message_id } = item.message;
			messages.set(message_id, [...(messages.get(message_id) ?? []), item]);
		}
		return [...messages.values()];
	}

	async add(files: readonly File[], conversationId: string): Promise<void> {
		const uploads = await this.#start();
		await uploads?.add(files, conversationId);
	}

	async send(answer: FileMessage, items: readonly FileItem[]): Promise<void> {
		const uploads = await this.#start();
		await uploads?.send(
			answer,
			items.map(({ id }) => id)
		);
	}

	remove({ id }: FileItem): void {
		void this.#uploads?.then((uploads) => uploads?.remove(id));
	}

	retry({ id }: FileItem): void {
		void this.#uploads?.then((uploads) => uploads?.retry(id));
	}

	wake(): void {
		void this.#uploads?.then((uploads) => uploads?.poke());
	}

	#start(): Promise<Uploads<FileMessage> | null> {
		return (this.#uploads ??= this.#load());
	}

	async #load(): Promise<Uploads<FileMessage> | null> {
		const part = await loadPart(() => import('@chatiq/uploads/uploads'));
		if (!part) {
			this.#uploads = null;
			return null;
		}
		const { operatorId, deliver } = this.#options;
		const uploads = new part.Uploads<FileMessage>({
			...this.access,
			owner: operatorId,
			conversationId: () => null,
			deliver: ({ message_id, ...answer }, stored) =>
				deliver({ ...answer, id: message_id, attachments: stored.map(attachmentOf) }),
			onchange: () => (this.items = uploads.items)
		});
		void uploads.load();
		return uploads;
	}

	async #headers(renew: boolean): Promise<Record<string, string>> {
		const { session } = this.#options;
		if (renew) await session.renew();
		const token = await session.token();
		// As after any lost session: it waits until the operator has signed in again.
		if (token === null) throw new AppError('session_required');
		return { apikey: SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${token}` };
	}
}

function attachmentOf(upload: Upload): Attachment {
	const { id, name, content_type, size_bytes, width, height, path, status } = upload;
	const state = status === 'pending' ? 'quarantined' : status;
	return { id, name, content_type, size_bytes, width, height, path, status: state };
}
