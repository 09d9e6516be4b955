import type { Tables } from '@chatiq/contracts/database';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { VisitorExport } from '@chatiq/contracts/privacy';
import type { MergedVisitors, SameVisitor, VisitorChanges } from '@chatiq/contracts/visitor';
import type { Backend } from '#lib/session/backend.ts';
import type { Visitor } from '../api.ts';
import { soon, type Call } from '../call.ts';
import type { VisitorPage } from './visit.ts';

export type Block = Pick<Tables<'blocklist'>, 'id' | 'kind' | 'reason' | 'expires_at'>;

export type EarlierConversation = Pick<
	Tables<'conversations'>,
	'id' | 'status' | 'last_message_at' | 'last_message_preview'
> & { ratings: Pick<Tables<'ratings'>, 'score'> | null };

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
const mostPages = 50;

/** What an operator can do about a visitor. Refusals throw as those of `InboxApi`. */
export class VisitorApi {
	readonly #rest: () => Backend['rest'];
	readonly #call: Call;

	constructor(rest: () => Backend['rest'], call: Call) {
		this.#rest = rest;
		this.#call = call;
	}

	/** Newest first, 20 at most. */
	conversations(visitorIds: readonly string[]): Promise<EarlierConversation[]> {
		return this.#call(() =>
			this.#rest()
				.from('conversations')
				.select('id, status, last_message_at, last_message_preview, ratings(score)')
				.in('visitor_id', visitorIds)
				.order('last_message_at', { ascending: false })
				.limit(mostEarlier)
				.abortSignal(soon())
		);
	}

	/** Those whom the team sees as this one, in the order they came. */
	merged(personId: string): Promise<Visitor[]> {
		return this.#call(() =>
			this.#rest()
				.from('visitors')
				.select()
				.eq('person_id', personId)
				.order('created_at')
				.abortSignal(soon())
		);
	}

	/** Others of the site with the same address or number, or with the one that is asked for. */
	alike(visitor_id: string, contact?: string): Promise<SameVisitor[]> {
		const asked = contact === undefined ? {} : { contact };
		return this.#call(() =>
			this.#rest()
				.rpc('find_same_visitors', { visitor_id, ...asked })
				.abortSignal(soon())
		);
	}

	merge(visitor_id: string, other_id: string): Promise<MergedVisitors> {
		return this.#call(() =>
			this.#rest().rpc('merge_visitors', { visitor_id, other_id }).abortSignal(soon())
		);
	}

	async separate(visitor_id: string): Promise<void> {
		await this.#call(() =>
			this.#rest().rpc('separate_visitor', { visitor_id }).abortSignal(soon())
		);
	}

	change(visitor_id: string, changes: VisitorChanges, over_signed: boolean): Promise<Visitor> {
		return this.#call(() =>
			this.#rest()
				.rpc('change_visitor', { visitor_id, changes: { ...changes }, over_signed })
				.abortSignal(soon())
		);
	}

	/** Newest first, 50 at most. */
	pages(visitorIds: readonly string[]): Promise<VisitorPage[]> {
		return this.#call(() =>
			this.#rest()
				.from('visitor_pages')
				.select('id, url, title, opened_at, seen_at, left_at')
				.in('visitor_id', visitorIds)
				.order('opened_at', { ascending: false })
				.limit(mostPages)
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
