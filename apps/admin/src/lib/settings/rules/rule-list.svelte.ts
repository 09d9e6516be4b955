import { moved } from '#lib/lists/moved.ts';

export interface ListedRule {
	id: string;
	name: string;
	trigger: string;
	enabled: boolean;
	position: number;
}

export interface RuleListApi {
	setPosition(id: string, position: number): Promise<void>;
	setEnabled(id: string, enabled: boolean): Promise<void>;
}

/** The rules of a site in their order. What is shown changes at once, and back when it cannot be stored. */
export class RuleList<Rule extends ListedRule> {
	rules: readonly Rule[];
	readonly #api: RuleListApi;
	#storing: Promise<unknown> = Promise.resolve();

	constructor(rules: readonly Rule[], api: RuleListApi) {
		this.rules = $state.raw(rules);
		this.#api = api;
	}

	/** Moves a rule to a place in the list; only positions that change are written. */
	move(id: string, to: number): Promise<void> {
		const before = this.rules;
		const from = before.findIndex((rule) => rule.id === id);
		if (from === -1 || from === to || to < 0 || to >= before.length) return Promise.resolve();
		const changed = moved(before, from, to).map((rule, place) => ({
			...rule,
			position: place + 1
		}));
		const old = new Map(before.map((rule) => [rule.id, rule.position]));
		const different = changed.filter((rule) => rule.position !== old.get(rule.id));
		return this.#change(changed, () =>
			Promise.all(different.map((rule) => this.#api.setPosition(rule.id, rule.position)))
		);
	}

	setEnabled(id: string, enabled: boolean): Promise<void> {
		const changed = this.rules.map((rule) => (rule.id === id ? { ...rule, enabled } : rule));
		return this.#change(changed, () => this.#api.setEnabled(id, enabled));
	}

	/** Two quick moves are stored one after the other, in the order in which they were made. */
	async #change(changed: readonly Rule[], store: () => Promise<unknown>): Promise<void> {
		const before = this.rules;
		this.rules = changed;
		const storing = this.#storing.then(store);
		this.#storing = storing.catch(() => undefined);
		try {
			await storing;
		} catch (error) {
			if (this.rules === changed) this.rules = before;
			throw error;
		}
	}
}
