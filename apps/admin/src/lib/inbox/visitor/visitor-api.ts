import type { ConversationStatus } from '@chatiq/contracts/conversation';
import type { Tables } from '@chatiq/contracts/database';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { VisitorExport } from '@chatiq/contracts/privacy';
import type { Backend } from '#lib/session/backend.ts';
import { soon, type Call } from '../call.ts';

export type Block = Pick<Tables<'blocklist'>, 'id' | 'kind' | 'reason' | 'expires_at'>;

export interface EarlierConversation {
	id: string;
	status: ConversationStatus;
	last_message_at: string;
	last_message_preview: string;
}

export interface NewBlock {
	reason: string;
	/** Null for ever. */
	expiresAt: Date | null;
	/** Also whoever comes from the same address. */
	address: boolean;
}

export type BlockIds = Record<'block_visitor' | 'block_visitor_address', string>;

export const newBlockIds = (): BlockIds => ({
	block_visitor: uuidv7(),
	block_visitor_address: uuidv7()
});

interface Who {
	id: string;
	site_id: string;
	external_id: string | null;
}

const mostEarlier = 20;

/** What an operator can do about a visitor. Refusals throw as those of `InboxApi`. */
export class VisitorApi {
	readonly #rest: () => Backend['rest'];
	readonly #call: Call;

	constructor(rest: () => Backend['rest'], call: Call) {
		this.#rest = rest;
		this.#call = call;
	}

	/** Newest first, 20 at most. */
	conversations(visitorId: string): Promise<EarlierConversation[]> {
		return this.#call(() =>
			this.#rest()
				.from('conversations')
				.select('id, status, last_message_at, last_message_preview')
				.eq('visitor_id', visitorId)
				.order('last_message_at', { ascending: false })
				.limit(mostEarlier)
				.abortSignal(soon())
		);
	}

	/** Those that name the visitor or its signed identity and have not ended, newest first. */
	async blocks({ id, site_id, external_id }: Who): Promise<Block[]> {
		const named = (column: 'visitor_id' | 'identity', value: string) =>
			this.#call<Block[]>(() =>
				this.#rest()
					.from('blocklist')
					.select('id, kind, reason, expires_at')
					.eq('site_id', site_id)
					.eq(column, value)
					.order('created_at', { ascending: false })
					.abortSignal(soon())
			);
		const found = await Promise.all([
			named('visitor_id', id),
			external_id === null ? [] : named('identity', external_id)
		]);
		return found
			.flat()
			.filter(({ expires_at }) => expires_at === null || Date.parse(expires_at) > Date.now());
	}

	/** `ids` are made once per wish: a repeat after a lost answer changes nothing. */
	async block(visitorId: string, ids: BlockIds, wanted: NewBlock): Promise<void> {
		const { reason, expiresAt, address } = wanted;
		const terms = {
			visitor_id: visitorId,
			...(reason.trim() && { reason: reason.trim() }),
			...(expiresAt && { expires_at: expiresAt.toISOString() })
		};
		const names = address
			? (['block_visitor', 'block_visitor_address'] as const)
			: (['block_visitor'] as const);
		for (const name of names) {
			await this.#call(() =>
				this.#rest()
					.rpc(name, { id: ids[name], ...terms })
					.abortSignal(soon())
			);
		}
	}

	async unblock(blocks: readonly Block[]): Promise<void> {
		for (const { id } of blocks) {
			await this.#call(() => this.#rest().rpc('unblock', { id }).abortSignal(soon()));
		}
	}

	/** Admins only. */
	export(visitor_id: string): Promise<VisitorExport> {
		return this.#call(() => this.#rest().rpc('export_visitor', { visitor_id }));
	}

	/** Admins only: nothing remains, see docs/privacy.md. */
	async erase(visitor_id: string): Promise<void> {
		await this.#call(() => this.#rest().rpc('erase_visitor', { visitor_id }));
	}
}
