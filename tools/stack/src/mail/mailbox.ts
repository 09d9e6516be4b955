import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const Message = z.object({
	id: z.string(),
	receivedAt: z.string(),
	/** Auth itself, or whoever spoke SMTP. */
	source: z.enum(['auth', 'smtp']),
	/** Which mail of Auth. */
	kind: z.string().nullable(),
	/** Null for mails of Auth, and for those kept before this was. */
	messageId: z.string().nullable().default(null),
	/** Where an answer goes; null: to the sender. */
	replyTo: z.string().nullable().default(null),
	from: z.string(),
	to: z.array(z.string()),
	subject: z.string(),
	text: z.string(),
	html: z.string().nullable(),
	link: z.string().nullable(),
	code: z.string().nullable(),
	attachments: z.array(z.object({ name: z.string(), type: z.string(), size: z.number() }))
});
export type Message = z.infer<typeof Message>;
export type NewMessage = Omit<Message, 'id' | 'receivedAt' | 'messageId' | 'replyTo'> & {
	messageId?: string | null;
	replyTo?: string | null;
};

type Entry = { message: Message; bytes: number };

/** Every mail of the stack, one file each, the newest 500 or 50 MB of them. */
export class Mailbox {
	readonly #directory: string;
	readonly #limits: { messages: number; bytes: number };
	/** Oldest first. */
	readonly #entries = new Map<string, Entry>();
	#counter = 0;

	constructor(
		directory: string,
		limits: { messages: number; bytes: number } = { messages: 500, bytes: 50 * 1024 * 1024 }
	) {
		this.#directory = directory;
		this.#limits = limits;
		mkdirSync(directory, { recursive: true, mode: 0o700 });
		for (const name of readdirSync(directory).sort()) this.#load(name);
	}

	/** Newest first; of one address only, if wanted. */
	list({ to }: { to?: string | undefined } = {}): Message[] {
		const wanted = to?.toLowerCase();
		return [...this.#entries.values()]
			.map(({ message }) => message)
			.filter((message) => wanted === undefined || message.to.includes(wanted))
			.reverse();
	}

	find(id: string): Message | null {
		return this.#entries.get(id)?.message ?? null;
	}

	async add(mail: NewMessage): Promise<Message> {
		const now = new Date();
		// Sorts by time, also within a millisecond.
		const order = `${String(now.getTime()).padStart(14, '0')}-${String(this.#counter++).padStart(6, '0')}`;
		const id = `${order}-${randomBytes(6).toString('hex')}`;
		const to = mail.to.map((address) => address.toLowerCase());
		const message = {
			messageId: null,
			replyTo: null,
			...mail,
			to,
			id,
			receivedAt: now.toISOString()
		};
		const text = JSON.stringify(message);
		const file = this.#fileOf(id);
		await writeFile(`${file}.new`, text, { mode: 0o600 });
		await rename(`${file}.new`, file);
		this.#entries.set(id, { message, bytes: Buffer.byteLength(text) });
		await this.#forgetOldest();
		return message;
	}

	async remove(id: string): Promise<boolean> {
		const known = this.#entries.delete(id);
		if (known) await rm(this.#fileOf(id), { force: true });
		return known;
	}

	async clear(): Promise<void> {
		await Promise.all([...this.#entries.keys()].map((id) => this.remove(id)));
	}

	/** A file that a kill left half written is not worth a failed start. */
	#load(name: string): void {
		if (!name.endsWith('.json')) return;
		const text = readFileSync(join(this.#directory, name), 'utf8');
		const parsed = Message.safeParse(parseJson(text));
		if (!parsed.success) console.error(`${name} in the mailbox is not a mail; it is left alone`);
		else this.#entries.set(parsed.data.id, { message: parsed.data, bytes: text.length });
	}

	async #forgetOldest(): Promise<void> {
		let bytes = 0;
		for (const entry of this.#entries.values()) bytes += entry.bytes;
		for (const [id, entry] of this.#entries) {
			const small = this.#entries.size <= this.#limits.messages && bytes <= this.#limits.bytes;
			if (small) return;
			bytes -= entry.bytes;
			await this.remove(id);
		}
	}

	#fileOf(id: string): string {
		return join(this.#directory, `${id}.json`);
	}
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}
