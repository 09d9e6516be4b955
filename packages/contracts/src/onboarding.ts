/** A site of the first steps, and what is known of its widget in the wild. */
export interface OnboardingSite {
	id: string;
	name: string;
	site_key: string;
	allowed_origins: string[];
	/** When the widget last asked from an allowed origin, to the hour, and from which. */
	seen_at: string | null;
	seen_on: string | null;
	/** Origins that asked, are still not in the list, the newest first; three at most. */
	refused_origins: string[];
}

/** Answer of `read_onboarding`. */
export interface Onboarding {
	organization_id: string;
	organization_name: string;
	dismissed_at: string | null;
	/** The oldest site that is not archived. */
	site: OnboardingSite | null;
	first_message_at: string | null;
	/** Active members beside the caller. */
	teammates: number;
	/** Invitations that wait. */
	invited: number;
	hours_set: boolean;
}
