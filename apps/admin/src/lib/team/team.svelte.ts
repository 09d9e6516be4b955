import type { TeamMember } from '@chatiq/contracts/team';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import type { Invitation, NewInvitation, Role, TeamApi } from './supabase-team.ts';

/** The people of one organisation and those who are asked to join. */
export class Team {
	members = $state.raw<readonly TeamMember[] | null>(null);
	invitations = $state.raw<readonly Invitation[]>([]);
	/** Members without a second factor see nothing of the organisation. */
	secondFactorRequired = $state(false);
	failure = $state.raw<FailureCode | null>(null);
	/** A change is under way. */
	busy = $state(false);

	readonly #api: TeamApi;
	#organization = '';
	#asked = 0;

	constructor(api: TeamApi) {
		this.#api = api;
	}

	async show(organization: string): Promise<void> {
		if (organization !== this.#organization) this.members = null;
		this.#organization = organization;
		await this.refresh();
	}

	async refresh(): Promise<void> {
		const asked = ++this.#asked;
		try {
			const [members, invitations, required] = await Promise.all([
				this.#api.members(this.#organization),
				this.#api.invitations(this.#organization),
				this.#api.secondFactorRequired(this.#organization)
			]);
			if (asked !== this.#asked) return;
			[this.members, this.invitations, this.failure] = [members, invitations, null];
			this.secondFactorRequired = required;
		} catch (error) {
			if (asked === this.#asked) this.failure = codeOf(error);
		}
	}

	member(id: string): TeamMember | undefined {
		return this.members?.find(({ user_id }) => user_id === id);
	}

	/** Who could take over from this member. */
	heirs(id: string): TeamMember[] {
		return (this.members ?? []).filter(
			({ user_id, deactivated_at }) => user_id !== id && deactivated_at === null
		);
	}

	invite = (invitation: NewInvitation) =>
		this.#change(() => this.#api.invite(this.#organization, invitation));
	resend = (id: string) => this.#change(() => this.#api.resend(id));
	revoke = (id: string) => this.#change(() => this.#api.revoke(id));
	setRole = (user: string, role: Role) =>
		this.#change(() => this.#api.setRole(this.#organization, user, role));
	setCapacity = (user: string, capacity: number | null) =>
		this.#change(() => this.#api.setCapacity(this.#organization, user, capacity));
	setSites = (user: string, sites: string[]) =>
		this.#change(() => this.#api.setSites(this.#organization, user, sites));
	activate = (user: string) => this.#change(() => this.#api.activate(this.#organization, user));
	requireSecondFactor = (required: boolean) =>
		this.#change(() => this.#api.requireSecondFactor(this.#organization, required));
	transfer = (user: string) => this.#change(() => this.#api.transfer(this.#organization, user));

	/** Takes access away; the open conversations go to `heir`, what stays behind becomes unassigned. */
	deactivate = (user: string, heir: string | null) =>
		this.#change(() => this.#api.deactivate(this.#organization, user, heir));
	remove = (user: string, heir: string | null) =>
		this.#change(() => this.#api.remove(this.#organization, user, heir));

	/** Answers why it was not done; whatever happened, the list then says how it is. */
	async #change(run: () => Promise<unknown>): Promise<FailureCode | null> {
		this.busy = true;
		try {
			await run();
			await this.refresh();
			return null;
		} catch (error) {
			// Nobody waits for that: without a connection it takes as long to fail.
			void this.refresh();
			return codeOf(error);
		} finally {
			this.busy = false;
		}
	}
}
