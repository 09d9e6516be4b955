import type { Tables } from '@chatiq/contracts/database';
import type { Backend } from '#lib/session/backend.ts';
import { soon, type Call } from '../../call.ts';
import { codeOf, type FailureCode } from '../../failure.ts';
import { ranked } from '../../fuzzy.ts';

export type Template = Pick<
	Tables<'quick_templates'>,
	'id' | 'organization_id' | 'site_id' | 'language' | 'shortcut' | 'title' | 'body'
>;

interface Place {
	organization_id: string;
	site_id: string;
}

const columns = 'id, organization_id, site_id, language, shortcut, title, body';
const freshMs = 60_000;

/** Ready answers of all the operator's organisations, and what their variables need besides the conversation. */
export class TemplateBook {
	templates = $state.raw<readonly Template[] | null>(null);
	failure = $state<FailureCode | null>(null);
	signature = $state<string | null>(null);
	organizations = $state.raw<ReadonlyMap<string, string>>(new Map());

	readonly #rest: () => Backend['rest'];
	readonly #call: Call;
	readonly #me: string;
	#loadedAt = -Infinity;

	constructor(rest: () => Backend['rest'], call: Call, me: string) {
		this.#rest = rest;
		this.#call = call;
		this.#me = me;
	}

	/** Loads them, or anew what may have changed meanwhile. */
	async load(now = Date.now()): Promise<void> {
		if (now - this.#loadedAt < freshMs) return;
		this.#loadedAt = now;
		this.failure = null;
		try {
			const [templates, profile, organizations] = await Promise.all([
				this.#call<Template[]>(() =>
					this.#rest().from('quick_templates').select(columns).order('shortcut').abortSignal(soon())
				),
				this.#call<{ signature: string | null } | null>(() =>
					this.#rest().from('profiles').select('signature').eq('id', this.#me).maybeSingle()
				),
				this.#call<{ id: string; name: string }[]>(() =>
					this.#rest().from('organizations').select('id, name').abortSignal(soon())
				)
			]);
			this.signature = profile?.signature ?? null;
			this.organizations = new Map(organizations.map(({ id, name }) => [id, name]));
			this.templates = templates;
		} catch (error) {
			this.#loadedAt = -Infinity;
			this.failure = codeOf(error);
		}
	}

	/** Those for this site that answer to the query, in the visitor's language first. */
	find(query: string, { organization_id, site_id }: Place, language: string | null): Template[] {
		const here = (this.templates ?? []).filter(
			(one) =>
				one.organization_id === organization_id && (one.site_id === null || one.site_id === site_id)
		);
		const spoken = (one: Template) => (language?.startsWith(one.language) ? 0 : 1);
		const sorted = here.toSorted((a, b) => spoken(a) - spoken(b));
		// What stands first counts more, so the shortcut wins over a word in the text.
		return ranked(query, sorted, ({ shortcut, title, body }) => `${shortcut} ${title} ${body}`);
	}
}
