/** Realtime topics, all private. Who may listen and send is decided by the policies on `realtime.messages`. */
export const topics = {
	/** Messages, reads and status of one conversation. Written by the database only. */
	conversation: (id: string) => `conversation:${id}`,
	/**
	 * Typing in one conversation: the only topic on which a visitor may broadcast. It is apart from
	 * `conversation:<id>` so that nobody can forge a `message_created` (policies cannot see the event name).
	 */
	typing: (id: string) => `conversation:${id}:typing`,
	/** Private notes, and presence of the operators who view the conversation. */
	team: (id: string) => `conversation:${id}:team`,
	/** Changes of the conversation list of one site. Written by the database only. */
	inbox: (siteId: string) => `inbox:${siteId}`,
	/** Public news of a site: settings, business status. Written by the database only. */
	site: (siteId: string) => `site:${siteId}`,
	/** Notifications of one operator, who alone may listen. Written by the database only. */
	user: (userId: string) => `user:${userId}`
} as const;
