interface Facts {
	functions_url?: string;
	console_url?: string;
	unsubscribe_token: string;
}

/** `page` asks before it does anything (mail scanners open links); `oneClick` is for mail programs. */
export function unsubscribeLinks({ functions_url, console_url, unsubscribe_token }: Facts): {
	page?: string;
	oneClick?: string;
} {
	const token = encodeURIComponent(unsubscribe_token);
	return {
		...(console_url ? { page: `${console_url}/unsubscribe/${token}` } : {}),
		...(functions_url ? { oneClick: `${functions_url}/unsubscribe?token=${token}` } : {})
	};
}
