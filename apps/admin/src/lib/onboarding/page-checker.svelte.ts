import type { Need } from '@chatiq/contracts/embed';
import type { PageCheck } from '@chatiq/contracts/page-check';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import { findingsOf, isHint, type Finding } from './page-findings.ts';

export interface PageApi {
	check(url: string): Promise<PageCheck>;
	/** Adds an address to those that the site lets in. */
	allow(origin: string): Promise<void>;
}

/** One look at a page after another, and what each has found. */
export class PageChecker {
	busy = $state(false);
	failure = $state.raw<FailureCode | null>(null);
	/** Null until something was looked at. */
	findings = $state.raw<Finding[] | null>(null);
	/** The page that was found in the end. */
	url = $state('');

	readonly #api: PageApi;
	readonly #needs: readonly Need[];

	constructor(api: PageApi, needs: readonly Need[]) {
		this.#api = api;
		this.#needs = needs;
	}

	readonly good = $derived(this.findings?.every(isHint) ?? false);

	async look(url: string): Promise<void> {
		// "shop.example" is how people say where their website is.
		const address = /^[a-z][a-z\d+.-]*:\/\//i.test(url) ? url : `https://${url.trim()}`;
		await this.#run(async () => {
			const check = await this.#api.check(address);
			this.findings = findingsOf(check, this.#needs);
			this.url = 'page' in check ? check.page.url : address;
		});
	}

	/** Lets an address in and looks whether that was all. */
	async allow(origin: string): Promise<void> {
		const { url } = this;
		await this.#run(() => this.#api.allow(origin));
		if (this.failure === null) await this.look(url);
	}

	async #run(call: () => Promise<void>): Promise<void> {
		this.busy = true;
		this.failure = null;
		try {
			await call();
		} catch (error) {
			this.failure = codeOf(error);
		} finally {
			this.busy = false;
		}
	}
}
