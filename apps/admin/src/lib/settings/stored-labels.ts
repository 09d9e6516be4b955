import type { Tables } from '@chatiq/contracts/database';
import type { Rest } from './columns.ts';
import { rows } from './failure.ts';

export type StoredLabel = Pick<Tables<'labels'>, 'id' | 'organization_id' | 'name' | 'color'>;

/** On more conversations than this a deletion asks first, since it takes too long to take back. */
export const mostToRestore = 200;
const atOnce = 5;

/** What the labels' screen does in the database. */
export class StoredLabels {
	readonly #rest: Rest;

	constructor(rest: Rest) {
		this.#rest = rest;
	}

	/** A repeat with the same id changes nothing. */
	async create({ id, organization_id, name, color }: StoredLabel): Promise<void> {
		await rows(
			this.#rest()
				.from('labels')
				.upsert({ id, organization_id, name, color }, { onConflict: 'id', ignoreDuplicates: true })
		);
	}

	async change(id: string, values: Partial<Pick<StoredLabel, 'name' | 'color'>>): Promise<void> {
		await rows(this.#rest().from('labels').update(values).eq('id', id));
	}

	/** The conversations that carry it; one more than can be restored says that they are too many. */
	async conversations(id: string): Promise<string[]> {
		const found = await rows(
			this.#rest()
				.from('conversation_labels')
				.select('conversation_id')
				.eq('label_id', id)
				.limit(mostToRestore + 1)
		);
		return found.map(({ conversation_id }) => conversation_id);
	}

	async remove(id: string): Promise<void> {
		await rows(this.#rest().from('labels').delete().eq('id', id));
	}

	/** The label again, by its old id, on the conversations that carried it. */
	async restore(label: StoredLabel, conversations: readonly string[]): Promise<void> {
		await this.create(label);
		const waiting = [...conversations];
		const worker = async () => {
			for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
				await rows(
					this.#rest().rpc('label_conversation', { conversation_id: next, label_id: label.id })
				);
		};
		await Promise.all(Array.from({ length: atOnce }, worker));
	}
}
