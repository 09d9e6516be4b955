export type MailKind =
	'confirmation' | 'recovery' | 'magic_link' | 'invite' | 'email_change' | 'reauthentication';

/** A mail of Auth. */
export type Mail = {
	kind: MailKind;
	to: string;
	subject: string;
	text: string;
	html: string;
	/** Where the button leads; null for a mail that brings a code only. */
	link: string | null;
	/** The one-time code; null for a mail that brings a link only. */
	code: string | null;
};

export type OnMail = (mail: Mail) => void | Promise<void>;
