import type { Analytics, LiveStats, StatCell } from '@chatiq/contracts/analytics';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import { addDays, searchOf, type AnalyticsQuery } from './analytics-query.ts';
import type { AnalyticsApi } from './supabase-analytics.ts';

const liveMs = 15_000;
/** How soon the numbers are read again while the newest days are being counted. */
const freshMs = [1_000, 2_000, 4_000, 8_000];

/** The numbers of one query: shown as they were counted last, then as they are now. */
export class Report {
	query = $state.raw<AnalyticsQuery | null>(null);
	analytics = $state.raw<Analytics | null>(null);
	live = $state.raw<LiveStats | null>(null);
	failure = $state.raw<FailureCode | null>(null);
	/** Another period or filter is on its way; what is shown belongs to the one before. */
	loading = $state(false);

	readonly #api: AnalyticsApi;
	#asked = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(api: AnalyticsApi) {
		this.#api = api;
	}

	readonly total = $derived(this.cell('total'));
	readonly before = $derived(this.cell('total', '', 'previous'));

	/** The last day of the period before. */
	readonly lastDayBefore = $derived(this.analytics ? addDays(this.analytics.from_day, -1) : '');

	/** The numbers of one cut; undefined when nothing happened there. */
	cell(
		cut: StatCell['cut'],
		key = '',
		period: StatCell['period'] = 'current'
	): StatCell | undefined {
		return this.analytics?.cells.find(
			(cell) => cell.cut === cut && cell.key === key && cell.period === period
		);
	}

	/** Everything of a cut in this period, with the most conversations first. */
	cells(cut: StatCell['cut']): StatCell[] {
		return (this.analytics?.cells ?? []).filter(
			(cell) => cell.cut === cut && cell.period === 'current'
		);
	}

	async show(query: AnalyticsQuery): Promise<void> {
		if (this.query && searchOf(this.query) === searchOf(query) && this.query.to === query.to)
			return;
		this.query = query;
		await this.refresh();
	}

	/** Reads the numbers, has the newest days counted anew and reads again when they are. */
	async refresh(): Promise<void> {
		const { query } = this;
		if (!query) return;
		const asked = ++this.#asked;
		clearTimeout(this.#timer);
		this.loading = true;
		await Promise.all([this.#read(query, asked), this.#readLive(query, asked)]);
		if (asked !== this.#asked || this.failure) return;
		try {
			if ((await this.#api.freshen(query)) > 0) this.#await(query, asked, 0);
		} catch (error) {
			// The numbers are there, only not of this minute: the page says when they were counted.
			if (codeOf(error) === 'internal') this.failure = 'internal';
		}
	}

	/** Keeps "now" up to date while somebody looks; call the result to stop. */
	connect(): () => void {
		const look = () => {
			if (document.visibilityState === 'visible' && this.query) {
				void this.#readLive(this.query, this.#asked);
			}
		};
		const timer = setInterval(look, liveMs);
		document.addEventListener('visibilitychange', look);
		return () => {
			clearInterval(timer);
			clearTimeout(this.#timer);
			document.removeEventListener('visibilitychange', look);
		};
	}

	#await(query: AnalyticsQuery, asked: number, tries: number): void {
		const known = this.analytics?.counted_at ?? null;
		this.#timer = setTimeout(() => {
			void this.#read(query, asked).then(() => {
				const counted = this.analytics?.counted_at ?? null;
				if (asked !== this.#asked || counted !== known || tries + 1 >= freshMs.length) return;
				this.#await(query, asked, tries + 1);
			});
		}, freshMs[tries]);
	}

	async #read(query: AnalyticsQuery, asked: number): Promise<void> {
		try {
			const analytics = await this.#api.read(query);
			if (asked !== this.#asked) return;
			[this.analytics, this.failure] = [analytics, null];
		} catch (error) {
			if (asked === this.#asked) this.failure = codeOf(error);
		} finally {
			if (asked === this.#asked) this.loading = false;
		}
	}

	async #readLive(query: AnalyticsQuery, asked: number): Promise<void> {
		try {
			const live = await this.#api.live(query);
			if (asked === this.#asked) this.live = live;
		} catch {
			// An old "now" must not be shown as now.
			if (asked === this.#asked) this.live = null;
		}
	}
}
